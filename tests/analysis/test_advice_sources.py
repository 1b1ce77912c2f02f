"""harness.analysis.advice.source_check: what names in several sources are, and in which releases lines run."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.analysis.advice.source_check import CheckedSource, SourceCheck
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.render.text.advise_have import have_lines
from tests.support.known_cells import known

RELEASES = ("2.5.1", "2.6.3", "2.13.4", "2.14.2")
SINCE = {"maybe_deferred_to_future": "2.6.3", "ensure_awaitable": "2.14.2"}
COPY = "def maybe_deferred_to_future(d):\n    return d.asFuture(None)\n"
IMPORT = "from scrapy.utils.defer import maybe_deferred_to_future\n"
USE = "async def f(x):\n    await maybe_deferred_to_future(x)\n"
WAIT = "maybe_deferred_to_future"


def _cell(release: str, helper: str) -> KnownCell:
    at = CellCoordinates("linux", "3.12", release, "latest", "epoll", "callback_pending", helper)
    if helper in SINCE and RELEASES.index(release) < RELEASES.index(SINCE[helper]):
        return known(at, Outcome.UNSUPPORTED, "helper-missing")
    return known(at, Outcome.PASS, None)


CELLS = [_cell(release, helper) for release in RELEASES for helper in ("direct", *SINCE, f"copied_{WAIT}")]


def checked(source: str, **others: str) -> CheckedSource:
    sources = {Path("plugin", "main.py"): source}
    sources.update((Path("plugin", f"{name}.py"), text) for name, text in others.items())
    return SourceCheck(CELLS, name=None).check(sources)[Path("plugin", "main.py")]


def found(source: str, **others: str) -> list[tuple[str, tuple[str, ...] | None]]:
    return [(use.helper, use.releases) for use in checked(source, **others).uses]


@pytest.mark.parametrize("import_line", ["from other.lib import", "from .compat import", "from .compat2 import"])
def test_a_helper_of_a_module_that_was_not_read_is_undecided(import_line: str) -> None:
    source = checked(f"{import_line} maybe_deferred_to_future\n{USE}", compat2="from other import *\n")
    assert source.uses == ()
    assert [line for line, _ in source.unread] == [3]


@pytest.mark.parametrize("import_line", ["from .compat import", "from plugin.compat import"])
def test_what_a_module_that_was_read_has_from_scrapy_is_scrapys(import_line: str) -> None:
    assert found(f"{import_line} maybe_deferred_to_future\n{USE}", compat=IMPORT) == [(WAIT, None)]
    source = f"{import_line} maybe_deferred_to_future\n{USE}"
    assert found(source, compat=f"from .deep import {WAIT}\n", deep=IMPORT) == [(WAIT, None)]
    assert found(source, compat=COPY) == [(f"copied_{WAIT}", None)]
    assert found(source, compat="from .main import maybe_deferred_to_future\n") == []


def test_a_module_that_was_read_may_be_named_before_the_helper() -> None:
    use = "async def f(x):\n    await compat.maybe_deferred_to_future(x)\n"
    assert found(f"from . import compat\n{use}", compat=IMPORT) == [(WAIT, None)]


def test_a_function_that_does_something_else_is_no_copy() -> None:
    source = checked(f"async def maybe_deferred_to_future(d):\n    return await d\n{USE}")
    assert (source.uses, [line for line, _ in source.unread]) == ((), [4])


INLINE = """
from twisted.internet.defer import inlineCallbacks
class A:
    @inlineCallbacks
    def close(self):
        yield
class B(C):
    async def close(self):
        await super().close()
    async def stop(self):
        await self.close()
"""


def test_functions_of_inline_callbacks_are_those_of_their_class_and_branch() -> None:
    assert found(INLINE) == []
    assert found(f"{INLINE}class D:\n    @inlineCallbacks\n    def g(self): yield\n"
                 "    async def h(self): await self.g()\n") == [("direct", None)]  # fmt: skip
    branches = """
import scrapy
from twisted.internet.defer import inlineCallbacks
class A:
    if scrapy.version_info >= (2, 14):
        async def close(self): pass
        async def stop(self): await self.close()
    else:
        @inlineCallbacks
        def close(self): yield
        async def halt(self): await self.close()
"""
    assert found(branches) == [("direct", ("2.5", "2.6", "2.13"))]


def test_what_takes_the_place_of_a_failed_import_is_a_fallback() -> None:
    source = "try:\n    from scrapy.utils.defer import maybe_deferred_to_future\nexcept ImportError:\n"
    (use,) = checked(source + "".join(f"    {line}\n" for line in COPY.splitlines()) + USE).uses
    assert (use.helper, use.releases, use.passed, use.stops) == (WAIT, None, 4, ())
    assert use.fallbacks == (f"copied_{WAIT} of {Path('plugin', 'main.py')}",)
    (use,) = checked(f"{source}    maybe_deferred_to_future = None\n{USE}").uses
    assert (use.fallbacks, use.releases, use.passed) == ((), ("2.6", "2.13", "2.14"), 3)


def test_a_fallback_that_was_not_measured_is_said_to_be_so() -> None:
    source = f"""
{IMPORT}
try:
    from scrapy.utils.defer import ensure_awaitable as _ensure_awaitable
except ImportError:
    def _ensure_awaitable(o):
        return maybe_deferred_to_future(o)
async def f(x):
    await _ensure_awaitable(x)
"""
    inner, outer = checked(source).uses
    assert (inner.helper, inner.releases) == (WAIT, ("2.5", "2.6", "2.13"))
    assert (outer.helper, outer.passed) == ("ensure_awaitable", 1)
    assert outer.fallbacks[0].endswith("(not measured)")


OLD = ("2.5", "2.6", "2.13")


@pytest.mark.parametrize(
    ("before", "condition", "releases"),
    [
        ("import scrapy", "scrapy.version_info >= (2, 14)", ("2.14",)),
        ("import scrapy", "not scrapy.version_info[:2] >= (2, 14)", OLD),
        ("from scrapy import version_info as v\nNEW = v >= (2, 14, 0)", "not NEW", OLD),
        ("from scrapy import version_info as v\nNEW = v >= (2, 14, 0)", "NEW and unknown()", ("2.14",)),
        ("from scrapy import version_info as v\nNEW = v >= (2, 14, 0)", "NEW or unknown()", None),
        ("import scrapy\nfrom packaging.version import Version, parse\nSCRAPY_VERSION = Version(scrapy.__version__)",
         "parse('2.6') <= SCRAPY_VERSION < Version('2.14')", ("2.6", "2.13")),
        ("from importlib.metadata import version\nfrom packaging.version import parse",
         "parse(version('scrapy')) < parse('2.14')", OLD),
        ("from .compat import OLD", "OLD", OLD),
        ("from typing import TYPE_CHECKING", "TYPE_CHECKING", ()),
        ("from other import OLD", "OLD", None),
    ],
)  # fmt: skip
def test_a_line_runs_in_the_releases_of_its_branch(
    before: str, condition: str, releases: tuple[str, ...] | None
) -> None:
    source = f"{before}\n{IMPORT}async def f(x):\n    if {condition}:\n        await maybe_deferred_to_future(x)\n"
    assert found(source, compat="import scrapy\nOLD = scrapy.version_info < (2, 14)\n") == [(WAIT, releases)]


def test_after_a_branch_that_returns_its_condition_does_not_hold() -> None:
    source = f"import scrapy\n{IMPORT}async def f(x):\n    if scrapy.version_info >= (2, 14):\n        return\n"
    assert found(f"{source}    await maybe_deferred_to_future(x)\n") == [(WAIT, OLD)]


def test_what_only_type_checkers_import_is_nothing_that_runs() -> None:
    source = (
        f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {IMPORT}else:\n    from mine import {WAIT}\n{USE}"
    )
    assert (checked(source).uses, len(checked(source).unread)) == ((), 1)


def test_an_attribute_that_is_asked_for_selects_the_branch_and_one_that_is_not_known_is_told() -> None:
    use = "        await maybe_deferred_to_future(x)\n"
    source = f"{IMPORT}async def f(x):\n    if {{}}:\n{use}    else:\n        await x.download(1)\n"
    assert found(source.format('hasattr(x, "download_async")')) == [(WAIT, ("2.14",))]
    assert found(source.format('getattr(x, "download_async", None) is None')) == [(WAIT, ("2.5", "2.6", "2.13"))]
    (unknown,) = checked(source.format('hasattr(x, "other")')).uses
    assert (unknown.releases, unknown.undecided) == (None, ("hasattr(x, 'other')",))
    (plain,) = checked(source.format("x.status == 200")).uses
    assert plain.undecided == ()


def test_an_attribute_that_an_object_keeps_selects_the_branch_and_other_values_do_not() -> None:
    source = (
        f"{IMPORT}class C:\n    def __init__(self, x):\n        self._new = {{}}\n"
        "    async def f(self, x):\n        if self._new is not None:\n            return\n"
        "        await maybe_deferred_to_future(x)\n"
    )
    assert found(source.format('getattr(x, "download_async", None)')) == [(WAIT, ("2.5", "2.6", "2.13"))]
    assert found(source.format("1")) == [(WAIT, None)]


def test_what_is_made_returned_or_yielded_is_no_await_and_neither_is_asyncio() -> None:
    source = checked(
        "import asyncio\nfrom twisted.internet.defer import Deferred, inlineCallbacks\n"
        "from twisted.internet.threads import deferToThread\n"
        "@inlineCallbacks\ndef f():\n    yield Deferred()\n    yield deferToThread(len, '')\n"
        "def g():\n    d = Deferred()\n    return d\n"
        "async def h(x):\n    await asyncio.sleep(1)\n    await x()\n    yield Deferred()\n"
    )
    assert source.uses == ()
    assert source.without_helper == ((6, ""), (7, "reactor"), (10, ""))
    assert source.others == (13,)


def test_a_reactor_that_is_imported_with_the_module_is_told_and_one_in_a_function_is_not() -> None:
    lines = ["try:", "    from twisted.internet import reactor", "except ImportError:", "    pass", "def f():",
             "    from twisted.internet import reactor", "import twisted.internet.reactor"]  # fmt: skip
    assert [need.line for need in checked("\n".join(lines)).needs] == [2, 7]
    assert checked("if TYPE_CHECKING:\n    from twisted.internet import reactor\n").needs == ()


def test_a_coroutine_that_needs_asyncio_is_told_where_ensure_deferred_drives_it() -> None:
    source = (
        "import asyncio\nfrom twisted.internet.defer import ensureDeferred\n"
        "async def needs():\n    await asyncio.sleep(1)\nasync def does_not():\n    pass\n"
        "def f():\n    return ensureDeferred(needs())\ndef g():\n    return ensureDeferred(does_not())\n"
    )
    (need,) = checked(source).needs
    assert (need.line, need.asyncio_line) == (8, 4)
    assert checked(source).without_helper == ((10, "coroutine"),)


def test_a_function_whose_name_is_the_end_of_a_methods_name_is_not_that_method() -> None:
    cells = [*CELLS, in_close_spider("2.14.2", WAIT)]
    source = f"{IMPORT}async def {{}}(x):\n    await maybe_deferred_to_future(x)\n"
    sources = {Path(f"{name}.py"): source.format(name) for name in ("close_spider", "spider")}
    found = SourceCheck(cells, name=None).check(sources)
    assert [each.uses[0].scenarios for each in found.values()] == [("pipeline_close_spider",), ("callback_pending",)]


DEFER = "from twisted.internet.defer import Deferred, ensureDeferred, gatherResults\n"


def test_a_deferred_that_the_reactor_fires_needs_one() -> None:
    source = (
        f"{DEFER}def f():\n    from twisted.internet import reactor\n    d = Deferred()\n"
        "    reactor.callLater(0, d.callback, None)\n    return d\ndef g():\n    d = Deferred()\n    return d\n"
    )
    assert checked(source).without_helper == ((6, "reactor"), (9, ""))


def test_what_a_driven_coroutine_needs_its_deferred_needs() -> None:
    source = (
        "from scrapy.utils.defer import deferred_from_coro\nfrom twisted.internet.defer import Deferred\n"
        "def f(coro):\n    Deferred.fromCoroutine(coro)\n    return deferred_from_coro(coro)\n"
    )
    assert checked(source).without_helper == ((4, "coroutine"), (5, "coroutine"))


def test_a_deferred_that_a_coroutine_of_twisted_awaits_needs_no_helper() -> None:
    source = f"{DEFER}async def f(x):\n    await gatherResults(x)\ndef g(x):\n    return ensureDeferred(f(x))\n"
    assert checked(source).uses == ()
    assert checked(source).without_helper == ((3, ""), (5, "coroutine"))
    assert [use.helper for use in checked(source.replace("ensureDeferred(f", "print(f")).uses] == ["direct"]


def test_a_deferred_to_which_callbacks_are_added_is_one() -> None:
    source = f"{DEFER}def f(d):\n    return gatherResults(d).addCallback(len).addErrback(print)\n"
    assert checked(source).without_helper == ((3, ""),)
    plain = f"{DEFER}def f():\n    d: Deferred = Deferred()\n    d.addBoth(print)\n    return d\n"
    assert checked(plain).without_helper == ((5, ""),)


def in_close_spider(release: str, helper: str) -> KnownCell:
    at = CellCoordinates("linux", "3.12", release, "latest", "asyncio-default", "pipeline_close_spider", helper)
    if release != "2.14.2":
        return known(at, Outcome.FAIL, "never-awaited")
    return known(at, Outcome.FAIL if helper == "direct" else Outcome.PASS, "task-got-bad-yield")


def test_no_line_is_written_that_helps_nowhere_and_one_that_is_right_stays() -> None:
    cells = [in_close_spider(release, helper) for release in RELEASES for helper in ("direct", WAIT)]
    source = (
        f"{IMPORT}from twisted.internet.defer import Deferred\n"
        f"async def close_spider():\n    await Deferred()\n    await {WAIT}(Deferred())\n"
    )

    def lines(some: list[KnownCell], advised: tuple[str, ...]) -> list[str]:
        against = SourceCheck(some, name=WAIT, advised=advised)
        return list(have_lines(against.check({Path("a.py"): source})[Path("a.py")], "a.py", against.axes))

    told = lines(cells, (WAIT, "copied"))
    assert "    with Scrapy 2.5-2.13 nothing written here helps: no helper passes there" in told
    assert [line for line in told if "write: " in line] == [f"    write: await {WAIT}(Deferred())"]
    told = lines([cell for cell in cells if cell.at.scrapy != "2.14.2"], (WAIT,))
    assert not [line for line in told if "write: " in line]
    somewhere = [cell._replace(outcome=Outcome.FAIL) if cell.at.python == "3.12" else cell
                 for cell in cells for cell in (cell, cell._replace(at=cell.at._replace(python="3.11")))]  # fmt: skip
    somewhere.append(somewhere[-1]._replace(at=somewhere[-2].at._replace(helper="as_future"), outcome=Outcome.PASS))
    assert "    right as it is" in lines(somewhere, (WAIT, "copied"))
