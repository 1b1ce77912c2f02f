"""Compiled modules shared between environments of one interpreter.

Environments of neighbouring Scrapy releases consist mostly of the same modules. What one has compiled at
its first import the others need not compile again: that is half of what an environment costs otherwise.

A compiled file depends on the source's text alone; its header says which time and size of source it was
made from, and the interpreter checks both, and puts the right file name into the code it loads. So a pool
keeps compiled files by the hash of their source, and the header is written anew where the time differs.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from harness.environments.manifest import recorded_digests
from harness.infra.files import replacing
from harness.infra.process.launcher import NATIVE, Launcher
from harness.infra.process.supervisor import clean_environment, run

_DEADLINE = 600.0
_CAP = 1 << 24
_COMPARED = """
import importlib.util, json, marshal, sys

for source, compiled in json.load(sys.stdin):
    try:
        with open(compiled, "rb") as file:
            content = file.read()
        start = 16 if sys.version_info >= (3, 7) else 12
        optimized = compiled.rpartition(".opt-")[2].partition(".")[0]
        with open(source, "rb") as file:
            text = file.read()
        made = compile(text, source, "exec", dont_inherit=True, optimize=int(optimized) if optimized.isdigit() else 0)
        # Flags other than 0 would keep it from being compared with its source when it is loaded.
        flags = content[4:8] if start == 16 else bytes(4)
        if content[:4] == importlib.util.MAGIC_NUMBER and flags == bytes(4) and marshal.loads(content[start:]) == made:
            print("same")
            continue
    except Exception:
        pass
    print("other")
"""


def share(site: Path, pool: Path, cache_tag: str) -> int:
    """Put into `site` (a site-packages folder) what `pool` has compiled for its modules; how many there were.

    `pool` must be one interpreter's own. `cache_tag` is that interpreter's, e.g. `cpython-312`.
    """
    if not pool.is_dir():
        return 0
    known = {file.name for file in pool.iterdir()}
    shared = 0
    for module, name in _modules(site):
        if name in known:
            shared += _put(pool / name, _compiled_path(module, cache_tag), module)
    return shared


def collect(site: Path, pool: Path, cache_tag: str) -> int:
    """Copy into `pool` what has been compiled in `site` since; how many files were new."""
    pool.mkdir(parents=True, exist_ok=True)
    known = {file.name for file in pool.iterdir()}
    added = 0
    for module, name in _modules(site):
        if name not in known:
            added += _take(_compiled_path(module, cache_tag), pool / name, module)
    return added


def prune(pool: Path, sites: Iterable[Path]) -> int:
    """Remove from `pool` what no environment with one of these `sites` uses; how many files that were."""
    used = {name for site in sites for _, name in _modules(site)}
    unused = [file for file in (pool.iterdir() if pool.is_dir() else ()) if file.name not in used]
    for file in unused:
        file.unlink(missing_ok=True)
    return len(unused)


def genuine(python: Path, files: Sequence[Path], launcher: Launcher = NATIVE) -> set[Path]:
    """Those of the bytecode `files` that are what the modules they belong to compile to with `python`."""
    name_of = launcher.name_of
    # Nothing of the environment is imported: it may be what is not to be trusted.
    command = [*launcher.command, str(python), "-I", "-S", "-B", "-c", _COMPARED]
    asked = [[name_of(file.parent.parent / f"{file.name.partition('.')[0]}.py"), name_of(file)] for file in files]
    env = clean_environment(launcher.environment)
    said = run(command, env=env, deadline=_DEADLINE, stdin=json.dumps(asked).encode(), cap=_CAP)
    answers = said.stdout.split()
    return {file for file, answer in zip(files, answers, strict=False) if answer == "same"}


def _modules(site: Path) -> Iterator[tuple[Path, str]]:
    """Every module that an installed package lists with its hash, and what the pool calls its compiled form."""
    for record in site.glob("*.dist-info/RECORD"):
        for path, digest in recorded_digests(record):
            if path.endswith(".py") and not path.startswith((".", "/")):
                yield site / path, f"{digest}.pyc"


def _compiled_path(module: Path, cache_tag: str) -> Path:
    return module.parent / "__pycache__" / f"{module.stem}.{cache_tag}.pyc"


def _stamp(module: Path) -> bytes:
    """Time and size of a source as its compiled file names them."""
    status = module.stat()
    return struct.pack("<II", int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)


def _stamp_at(compiled: bytes) -> int:
    """Where the stamp begins: after the magic number, and from Python 3.7 (PEP 552) after flags, which are zero."""
    return 8 if compiled[4:8] == bytes(4) else 4


def _put(source: Path, target: Path, module: Path) -> bool:
    try:
        stamp = _stamp(module)
        target.parent.mkdir(exist_ok=True)
        compiled = source.read_bytes()
        at = _stamp_at(compiled)
        # Copied, not linked: whoever changes a file of an environment changes no other environment.
        target.write_bytes(compiled[:at] + stamp + compiled[at + 8 :])
    except OSError:
        # The source or the compiled file is gone: nothing is lost but time.
        return False
    return True


def _take(source: Path, target: Path, module: Path) -> bool:
    try:
        with source.open("rb") as file:
            header = file.read(16)
        at = _stamp_at(header)
        if header[at : at + 8] != _stamp(module):
            return False
        with replacing(target, durable=False) as draft:
            shutil.copyfile(source, draft)
    except OSError:
        # Not compiled yet, or another collector was faster.
        return False
    return True
