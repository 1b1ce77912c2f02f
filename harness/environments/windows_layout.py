"""Environments for Windows Pythons on another system: a folder each, with the interpreter itself in it.

No virtual environment can be made where the interpreter is none of this machine. The embeddable builds of python.org
need none: such a folder is moved and copied freely, and its files are linked, not copied, from the one build.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from harness.environments.lock_request import LockRequest, Target, python_arguments
from harness.infra.packages.uv import Failure, FailureKind
from harness.interpreters.interpreter import Interpreter
from harness.interpreters.wine.prefix import TEMPORARY

PLATFORM = "x86_64-pc-windows-msvc"
WHEELS_ONLY = ("twisted-iocpsupport", "pywin32", "zope-interface")
"""They are compiled for Windows, which no compiler of this machine does."""
_SITE = Path("Lib") / "site-packages"
_LIBRARY = ("Lib", "DLLs")
"""Where an installed Python, unlike an embeddable one, has its standard library."""

# `_wmi`, which the standard library asks for the version of Windows from 3.12 on, crashes Wine 8; without it the
# library asks otherwise. Wine lets through none of the variables that tell where temporary files go, but `TMPDIR`, by
# which it finds its own server.
_START_UP = f"""\
import os
import sys

sys.modules["_wmi"] = None
if "{TEMPORARY}" in os.environ:
    os.environ.pop("TMPDIR", None)
    os.environ["TEMP"] = os.environ["TMP"] = os.environ["{TEMPORARY}"]
"""


class WindowsLayout:
    """Folders with a Windows Python; `name_of` gives the name that a file of this machine has for it."""

    target: Target | None = Target(platform=PLATFORM, builder=sys.executable, wheels_only=WHEELS_ONLY)
    content = _START_UP

    def __init__(self, name_of: Callable[[Path], str]) -> None:
        self._name_of = name_of

    def create(self, place: Path, interpreter: Interpreter) -> Failure | None:
        """Link the interpreter's own files into `place`, and let it see the packages that will be there."""
        build = Path(interpreter.path).parent
        short = "".join(interpreter.version.split(".")[:2])
        try:
            (place / _SITE).mkdir(parents=True)
            for file in build.iterdir():
                if file.is_file() and not file.name.endswith("._pth"):
                    _link(file, place / file.name)
            (place / f"python{short}._pth").write_text(self._search_path(build, short), encoding="utf-8")
            (place / _SITE / "sitecustomize.py").write_text(_START_UP, encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            return Failure(kind=FailureKind.STORAGE, reason=reason, text=str(error))
        return None

    def python(self, place: Path) -> Path:
        """The interpreter in it."""
        return place / "python.exe"

    def options(self, place: Path, request: LockRequest) -> list[str]:
        """uv's options for installing into it what was resolved for `request`."""
        return [*python_arguments(request), "--target", str(place / _SITE)]

    def is_sound(self, place: Path) -> bool:
        """Whether its interpreter is still there."""
        return self.python(place).is_file() and (place / _SITE).is_dir()

    def _search_path(self, build: Path, short: str) -> str:
        """What the file beside an interpreter says that alone tells it where modules are; variables it ignores then."""
        library = [self._name_of(build / name) for name in _LIBRARY if (build / name).is_dir()]
        return "\n".join([f"python{short}.zip", *library, ".", "import site", ""])


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without links.
        shutil.copyfile(source, target)
