"""Thin sessions over `scrapy-compat`: no logic is here that the command does not have.

`nox -s matrix` measures the default plan and writes `reports/`; what follows `--` goes to `scrapy-compat run`.
A session installs nothing where nothing has changed since it did. `nox -r` makes its environment anew.
`nox -l` also lists a session for each Python x Scrapy x profile x lane of `matrix.toml`. They run one by one, by
name or tag: `nox -s "cell(py3.12-scrapy2.13-latest-asyncio-uvloop)"`, `nox -t uvloop`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
# The matrix is read by the harness's own code.
sys.path.insert(0, str(ROOT))

from harness.infra.packages.index_settings import index_settings  # noqa: E402


def _cells_asked() -> bool:
    """Return whether sessions of single cells can be meant: reading the matrix for all of them takes half a second."""
    words = sys.argv[1:]
    named = not {"-s", "-e", "--session", "--sessions"}.isdisjoint(words)
    return not named or any(word.startswith("cell") for word in words)


def _provide(module: str) -> None:
    """Make a module of the harness's dependencies importable that nox does not bring: installed once, below `.nox`."""
    dependencies = nox.project.load_toml(ROOT / "pyproject.toml")["project"]["dependencies"]
    requirement = next(each for each in dependencies if each.startswith(module))
    basis = f"{requirement} {sys.implementation.cache_tag} {sysconfig.get_platform()}"
    folder = ROOT / ".nox" / f"{module}-{hashlib.sha256(basis.encode()).hexdigest()[:12]}"
    if importlib.util.find_spec(module) is None and not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        settings = index_settings()
        of_uv = ["pip", "install", "--python", sys.executable, *settings.arguments]
        if importlib.util.find_spec("uv") is not None:
            command = [sys.executable, "-m", "uv", *of_uv]
        elif importlib.util.find_spec("pip") is not None:
            command = [sys.executable, "-m", "pip", "install"]
        else:
            # `uvx nox` has neither, and came from a uv.
            command = ["uv", *of_uv]
        # In place once it is whole: an installation that was interrupted is made anew.
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            command += ["--quiet", "--target", f"{draft}/{module}", requirement]
            subprocess.run(command, check=True, env={**os.environ, **settings.variables})
            # Two that start at the same time both bring it: the first is taken.
            with suppress(OSError):
                Path(draft, module).replace(folder)
    # Last, so that it hides nothing; it is not there where nox has the module.
    sys.path.append(str(folder))


nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests"]

PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def cells() -> Iterator[Any]:
    """One parameter set for each combination that the matrix does not leave out on this platform."""
    if not _cells_asked():
        return
    _provide("msgspec")
    # Not at the top: without cells nothing has to be provided.
    from harness.matrix.load import load_matrix  # noqa: PLC0415
    from harness.plan.environment_matrix import combinations  # noqa: PLC0415

    spec = load_matrix(ROOT / "matrix.toml")
    lanes = spec.lanes_of(PLATFORM)
    supported = {
        scrapy.label: [lane for lane in lanes if lane.unsupported(scrapy.version) is None] for scrapy in spec.scrapys
    }
    for combination in combinations(spec, PLATFORM):
        if combination.reason is None:
            python, scrapy, profile = combination.python.tag, combination.scrapy, combination.profile.name
            for lane in supported[scrapy.label]:
                tags = [lane.name, lane.reactor, profile, python, f"scrapy{scrapy.minor}"]
                # `default` is the lane of that name; a loop tag would add those that run on the default loop.
                tags += [lane.loop] if lane.loop not in {None, "default"} else []
                yield nox.param(
                    combination.python.key,
                    scrapy.label,
                    profile,
                    lane.name,
                    id=f"{python}-scrapy{scrapy.minor}-{profile}-{lane.name}",
                    tags=list(dict.fromkeys(tags)),
                )


def _install(session: nox.Session, *groups: str) -> None:
    """Install the harness and groups of its dependencies, unless they were installed and nothing has changed since.

    The code is run from the checkout: its changes need no installation.
    """
    python = _python_of(session)
    if not python:
        shutil.rmtree(session.env_dir, ignore_errors=True)
        session.virtualenv.create()
        python = _python_of(session)
    project = (ROOT / "pyproject.toml").read_bytes()
    # A venv that was copied with its checkout has programs that start the one it was copied from.
    basis = "\n".join([python, str(session.env_dir.resolve()), *groups, hashlib.sha256(project).hexdigest()])
    stamp = session.env_dir / "installed.txt"
    if (
        stamp.is_file()
        and stamp.read_text(encoding="utf-8") == basis
        and shutil.which("scrapy-compat", path=session.bin)
    ):
        session.log("Everything is installed: pyproject.toml and Python have not changed.")
        return
    stamp.unlink(missing_ok=True)
    requirements = nox.project.dependency_groups(nox.project.load_toml(ROOT / "pyproject.toml"), *groups)
    # Byte code once, as pip makes it: where PYTHONDONTWRITEBYTECODE is set every start would compile anew.
    # uv does not read pip's settings; where those lead, this installation goes too.
    settings = index_settings()
    env = {"UV_COMPILE_BYTECODE": "1", **settings.variables}
    session.install(*settings.arguments, "-e", ".", *requirements, env=env)
    # Left out, as the installation is, with `nox --no-install`.
    session.run_install("python", "-c", _WRITE, str(stamp), basis, log=False)


_WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2], encoding='utf-8')"


def _python_of(session: nox.Session) -> str:
    """Return the version of the environment's interpreter; an empty text if it does not start: its base may be gone."""
    try:
        return session.run("python", "-c", "import sys; print(sys.version)", silent=True, log=False) or ""
    except CommandFailed:
        return ""


@nox.session(default=False)
def install(session: nox.Session) -> None:
    """Install the harness, once for all the sessions that run it."""
    _install(session)
    # On Windows its name has an ending that nobody writes.
    command = shutil.which("scrapy-compat", path=session.bin)
    _note(session).write_text(str(command), encoding="utf-8")


def _note(session: nox.Session) -> Path:
    """Where `install` leaves word of the command for sessions without an environment of their own."""
    return Path(session.cache_dir) / "scrapy-compat.txt"


def _scrapy_compat(session: nox.Session, *arguments: str) -> None:
    session.run(_note(session).read_text(encoding="utf-8"), *arguments, external=True)


@nox.session(venv_backend="none", requires=["install"], default=False)
def matrix(session: nox.Session) -> None:
    """Measure the default plan and write reports/; arguments go to `scrapy-compat run`."""
    _scrapy_compat(session, "run", *session.posargs)


@nox.session(venv_backend="none", requires=["install"], default=False)
@nox.parametrize(["python_key", "scrapy", "profile", "lane"], list(cells()))
def cell(session: nox.Session, python_key: str, scrapy: str, profile: str, lane: str) -> None:
    """Measure one lane of one environment."""
    chosen = ["--python", python_key, "--scrapy", scrapy, "--profile", profile, "--lane", lane]
    _scrapy_compat(session, "run", "--plan", "full", *chosen, *session.posargs)


@nox.session(venv_backend="none", requires=["install"], default=False)
def report(session: nox.Session) -> None:
    """Render the reports again from what is stored."""
    _scrapy_compat(session, "report", *session.posargs)


@nox.session(name="try", venv_backend="none", requires=["install"], default=False)
def try_target(session: nox.Session) -> None:
    """Run a project's own tests under the matrix: `nox -s try -- PATH`."""
    command = _note(session).read_text(encoding="utf-8")
    # nox works in the folder of this file; a path is meant from where it was started.
    with session.chdir(session.invoked_from):
        session.run(command, "try", *(session.posargs or ["."]), external=True)


@nox.session(venv_backend="none", requires=["install"], default=False)
def publish(session: nox.Session) -> None:
    """Run the full plan and renew published/ by it; `-- --platform wine` for the measurement under Wine."""
    _scrapy_compat(session, "run", "--plan", "full", *session.posargs)
    _scrapy_compat(session, "publish", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the speed of the harness itself."""
    _install(session)
    session.run("python", "benchmarks/speed.py", *session.posargs)


@nox.session(default=False)
def fresh(session: nox.Session) -> None:
    """Run README's two commands on machines that have one Python and nothing else (Linux)."""
    _install(session)
    session.run("python", "-m", "tests.support.fresh_machine", *session.posargs)


@nox.session(default=False)
def names(session: nox.Session) -> None:
    """Generate the table of Scrapy's names anew from the releases' own packages."""
    _install(session)
    session.run("python", "-m", "tests.support.scrapy_names_table")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; a warning, such as a link to nothing, is an error."""
    _install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "build/docs", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, import contracts, and that what runs inside a cell starts on Python 3.6."""
    _install(session, "dev")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("vermin", "--target=3.6-", "--violations", "--no-tips", "scenarios")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the harness, as each platform has them."""
    _install(session, "dev")
    for platform in ("linux", "darwin", "win32"):
        # With one cache for all, each platform would make the others check everything again.
        session.run("mypy", "--platform", platform, "--cache-dir", f".mypy_cache/{platform}", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests of the harness, on every core; arguments go to pytest: `-m quick` leaves out what takes long."""
    _install(session, "dev")
    # One worker more than cores: many tests wait for programs that they started. The tests of a file share what it
    # makes. What takes long begins first: tests/support/quick.py orders them.
    workers = str((os.cpu_count() or 1) + 1)
    cores = ["--numprocesses", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    # They write and read files as everybody but Windows does by default.
    session.run("pytest", *cores, *session.posargs, env={"PYTHONUTF8": "1"})
