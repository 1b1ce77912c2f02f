"""The page in a browser: what people do with it. Each test opens the file from disk, as they do."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import chromium
from tests.support.pages import data_of, make_page, plan_of_one_python, undone
from tests.support.synthetic import make_plan

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    path = folder / "index.html"
    path.write_text(make_page(folder / "state", plan_of_one_python("3.12"), hostile=True), encoding="utf-8")
    return path


def opened(browser: Browser, file: Path, hash: str = "", **options: object) -> Page:
    """The page, read to its end; whatever goes wrong in its scripts fails the test."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script of the page failed: {error}"))
    page.on("request", lambda request: _refuse_network(request.url))
    page.goto(file.as_uri() + hash)
    page.wait_for_selector("html[data-ready=whole]")
    return page


def _refuse_network(url: str) -> None:
    if not url.startswith(("file:", "data:", "blob:")):
        pytest.fail(f"the page asked for {url}")


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    page = opened(browser, file, viewport={"width": 1280, "height": 900})
    yield page
    page.context.close()


def chosen(page: Page, axis: str, *values: str) -> None:
    """Choose values of a filter with its menu."""
    menu = page.locator(f"details[data-axis={axis}]")
    menu.locator("summary").click()
    for value in values:
        menu.locator(f'input[value="{value}"]').check()
    menu.locator("summary").press("Escape")


def shown(page: Page) -> int:
    """How many cells the filters let through, as the page says."""
    found = re.search(r"[\d,]+", page.locator("#summary").inner_text())
    assert found is not None
    return int(found[0].replace(",", ""))


def test_the_pivot_counts_every_cell_once(page: Page, file: Path) -> None:
    header, columns = data_of(file.read_text(encoding="utf-8"))
    page.select_option("#show", "cells")
    numbers = page.locator("#pivot td button").all_inner_texts()
    assert (
        sum(int(re.sub(r"[,!]", "", text)) for text in numbers) == len(undone(header, columns, "seen")) == shown(page)
    )


def test_filters_let_through_what_they_say_and_the_url_says_it_too(page: Page, file: Path) -> None:
    header, columns = data_of(file.read_text(encoding="utf-8"))
    outcomes = [header["seen"][number][0] for number in undone(header, columns, "seen")]
    chosen(page, "outcome", "pass")
    assert shown(page) == outcomes.count("pass")
    assert "outcome=pass" in page.url
    chosen(page, "outcome", "fail")
    assert shown(page) == outcomes.count("pass") + outcomes.count("fail")
    chosen(page, "helper", "direct", "as_future")
    assert page.locator("#pivot tbody th").all_inner_texts() == ["direct", "as_future"]
    page.click("#reset")
    assert shown(page) == len(outcomes)
    assert "outcome" not in page.url


def test_a_link_shows_what_its_sender_saw(page: Page, browser: Browser, file: Path) -> None:
    chosen(page, "outcome", "fail")
    page.select_option("#rows", "lane")
    page.select_option("#columns", "mechanism")
    page.select_option("#show", "mechanism")
    page.fill("#search", "linux direct")
    expect(page.locator("#summary")).to_contain_text("let through")
    expect(page).to_have_url(re.compile(r"search"))
    page.locator("#cells").get_by_role("columnheader", name="scenario").click()
    expect(page).to_have_url(re.compile(r"order=2-asc"))
    page.locator("#cells a.cell-link").first.click()
    expect(page).to_have_url(re.compile(r"#explore\?rows=lane.*&cell="))
    other = opened(browser, file, "#" + page.url.partition("#")[2], viewport={"width": 1280, "height": 900})
    for place in ("#pivot", "#summary", "#cells tbody", "#drawer-body"):
        assert other.locator(place).inner_text() == page.locator(place).inner_text(), place
    assert other.input_value("#rows") == "lane"
    assert other.input_value("#search") == "linux direct"
    other.context.close()


def test_nothing_let_through_is_said_and_can_be_undone(page: Page) -> None:
    page.fill("#search", "no cell has this in it")
    expect(page.locator("#pivot")).to_contain_text("No cell is let through by these filters.")
    expect(page.locator("#cells")).to_contain_text("No cell is let through by these filters.")
    page.click("#pivot button")
    assert shown(page) > 10_000
    assert not page.input_value("#search")


def test_what_a_url_asks_for_and_is_not_there_is_left_out_or_said(browser: Browser, file: Path) -> None:
    page = opened(browser, file, "#explore?rows=nonsense&show=constructor&helper=nobody,direct&cell=no/such/cell/here")
    assert page.input_value("#rows") == "helper"
    assert page.locator("#pivot tbody th").all_inner_texts() == ["direct"]
    expect(page.locator("#drawer")).to_contain_text("No such cell")
    page.context.close()


def test_why_not_tells_the_mechanism_of_what_was_tried_and_failed(page: Page) -> None:
    chosen(page, "helper", "direct")
    chosen(page, "lane", "asyncio-default", "epoll")
    page.select_option("#rows", "lane")
    page.select_option("#show", "mechanism")
    texts = {
        text.strip().rpartition(" ")[0] or text.strip() for text in page.locator("#pivot button").all_inner_texts()
    }
    assert {"task-got-bad-yield", "✓", "⊘"} <= texts


def test_a_click_in_the_pivot_narrows_to_it(page: Page) -> None:
    page.select_option("#columns", "outcome")
    button = page.locator("#pivot tr", has_text="direct").first.locator("button").first
    told = button.get_attribute("aria-label") or ""
    button.click()
    assert shown(page) == int(re.findall(r"(\d[\d,]*)", told.rpartition(":")[2])[0].replace(",", ""))
    assert "helper=direct" in page.url


def test_the_table_of_helpers_leads_to_its_cells(page: Page) -> None:
    page.locator("table.support td.s-no a").first.click()
    expect(page.locator("#summary")).to_contain_text("let through")
    assert 0 < shown(page) < 10_000
    assert page.input_value("#rows") == "scenario"


def test_the_drawer_tells_everything_about_a_cell(page: Page) -> None:
    page.fill("#search", "task-got-bad-yield callback_pending")
    expect(page).to_have_url(re.compile(r"search"))
    page.locator("#cells a.cell-link").first.click()
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    for words in (
        "fail: task-got-bad-yield",
        "A Deferred was awaited where asyncio drives the coroutine",
        "AsyncioSelectorReactor",
        "Traceback (most recent call last)",
        "Claims it bears on",
        "The same with other releases of Scrapy",
        "scrapy-compat run --cell",
        "Issue text",
    ):
        expect(drawer).to_contain_text(words)
    assert "twisted==25.5.0" in drawer.locator("details", has_text="Packages").first.inner_html()
    cell = drawer.locator(".id code").inner_text()
    assert unquote(page.url).endswith(f"cell={cell}")
    page.locator(".releases a:not([aria-current])").first.click()
    expect(drawer.locator(".id code")).not_to_have_text(cell)
    drawer.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()
    assert "cell=" not in page.url


def test_what_is_copied_runs(page: Page, tmp_path: Path) -> None:
    page.fill("#search", "py3.1 task-got-bad-yield callback_pending asyncio-default")
    expect(page).to_have_url(re.compile(r"search"))
    page.locator("#cells a.cell-link").first.click()
    page.get_by_role("button", name="Copy command").click()
    command = page.evaluate("navigator.clipboard.readText()")
    assert command == page.locator("#command").inner_text()
    assert re.fullmatch(r"scrapy-compat run --cell [\w./-]+ --isolate --fresh", command)
    page.get_by_role("button", name="Copy for a POSIX shell").click()
    script = page.evaluate("navigator.clipboard.readText()")
    assert script.startswith("cat > again.py <<'END_OF_SCRIPT'\n# /// script\n# requires-python = ")
    assert '#   "twisted==25.5.0",' in script
    source = script.partition("\n")[2].partition("END_OF_SCRIPT\n")[0]
    # Without Scrapy in this interpreter it gets as far as the kit, which says so.
    (tmp_path / "again.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-S", "again.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert "No module named 'scrapy'" in done.stdout, done.stderr
    assert "exit code    4" in done.stdout
    page.get_by_role("button", name="Copy for PowerShell").click()
    other = page.evaluate("navigator.clipboard.readText()")
    assert other.startswith("@'\n# /// script\n")
    assert source in other
    page.get_by_role("button", name="Copy issue text").click()
    assert "### direct in callback_pending: fail (task-got-bad-yield)" in page.evaluate(
        "navigator.clipboard.readText()"
    )


def test_a_hostile_cell_is_shown_as_text(page: Page) -> None:
    page.fill("#search", "window.attacked")
    expect(page).to_have_url(re.compile(r"search"))
    assert shown(page) == 1
    page.locator("#cells a.cell-link").first.click()
    expect(page.locator("#drawer .message")).to_contain_text("</script><script>window.attacked = 1</script>")
    expect(page.locator("#drawer")).to_contain_text("characters cut")
    assert page.evaluate("window.attacked") is None
    assert page.locator("#drawer img, #cells img").count() == 0


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.focus("details[data-axis=profile] summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert "profile=" in page.url
    page.locator("#cells a.cell-link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_be_visible()
    assert page.evaluate("document.getElementById('drawer').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    assert page.evaluate("document.activeElement.className") == "cell-link"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_serious_is_found_by_axe(browser: Browser, file: Path, scheme: str, width: int) -> None:
    page = opened(browser, file, viewport={"width": width, "height": 900}, color_scheme=scheme)
    places = {"#explore?search=callback_pending": "#cells", f"#cell?cell={_failing(page)}": "#drawer"}
    for hash, place in places.items():
        page.evaluate("hash => { location.hash = hash; }", hash)
        expect(page.locator(place)).to_contain_text("callback_")
        expect(page.locator("#trends-body table").last).to_be_attached()
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found
                if each["impact"] in {"serious", "critical"}] == []  # fmt: skip
    page.context.close()


def _failing(page: Page) -> str:
    page.evaluate("location.hash = '#explore?outcome=fail'")
    expect(page.locator("#summary")).to_contain_text("let through")
    return str(page.locator("#cells a.cell-link").first.get_attribute("title"))


def test_on_a_narrow_screen_nothing_is_wider_than_it(browser: Browser, file: Path) -> None:
    page = opened(browser, file, viewport={"width": 360, "height": 780})
    page.locator(".answer-more summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("details[data-axis=verdict] summary").click()
    page.locator("#cells a.cell-link").first.click(force=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.getElementById('drawer').scrollWidth") <= 360
    page.context.close()


def test_dark_is_chosen_by_the_system_or_by_hand(browser: Browser, file: Path) -> None:
    page = opened(browser, file, color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.get_attribute("#theme", "aria-label") == "Colours: light"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.context.close()


def test_what_is_told_can_be_searched_and_sorted(page: Page) -> None:
    claims = page.locator("#claims tbody tr")
    assert claims.count() == 2
    page.locator("#claims input[type=search]").fill("Not with asyncio")
    expect(claims).to_have_count(1)
    environments = page.locator("#environments tbody tr")
    page.locator("#environments summary").first.click()
    expect(page.locator("#environments pre").first).to_contain_text("twisted==25.5.0")
    page.locator("#environments").get_by_role("columnheader", name="profile").click()
    # Sorting happens a moment after the click.
    expect(environments.first.locator("td").nth(1)).to_have_text("era")
    profiles = [row.locator("td").nth(1).inner_text() for row in environments.all()]
    assert len(set(profiles)) > 1
    assert profiles == sorted(profiles)


def test_on_paper_there_is_the_answer_and_no_control(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.locator(".answer-first")).to_be_visible()
    expect(page.locator("table.support")).to_be_visible()
    expect(page.locator("#controls")).to_be_hidden()


def test_100_000_cells_are_all_there_and_can_be_filtered(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(make_page(tmp_path / "state", make_plan(100_000)), encoding="utf-8")
    page = opened(browser, file)
    assert shown(page) > 100_000
    chosen(page, "outcome", "crash")
    assert 0 < shown(page) < 100
    page.context.close()
