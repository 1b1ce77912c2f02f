from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from packaging.version import Version

from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.matrix.axes import Profile, Python, Scrapy
from harness.matrix.load import find_matrix, load_matrix, parse_matrix
from harness.matrix.spec import NEWEST_ERA_REASON, MatrixSpec
from harness.model.ids import LaneName

SHIPPED = resources.matrix_file().read_text(encoding="utf-8")

LINUX_LANES = [
    "default",
    "select",
    "poll",
    "epoll",
    "asyncio-default",
    "asyncio-selector",
    "asyncio-uvloop",
    "asyncio-rloop",
    "none-default",
    "none-selector",
    "none-uvloop",
    "none-rloop",
]


@pytest.fixture(scope="module")
def spec() -> MatrixSpec:
    return load_matrix(resources.matrix_file())


def refused(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_matrix(text, Path("somewhere/matrix.toml"))
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def python(spec: MatrixSpec, key: str) -> Python:
    return next(python for python in spec.pythons if python.key == key)


def scrapy(spec: MatrixSpec, minor: str) -> Scrapy:
    return next(scrapy for scrapy in spec.scrapys if scrapy.minor == minor)


def profile(spec: MatrixSpec, name: str) -> Profile:
    return next(profile for profile in spec.profiles if profile.name == name)


def test_the_shipped_matrix_has_every_python_and_scrapy_minor(spec: MatrixSpec) -> None:
    assert [python.key for python in spec.pythons] == [*(f"3.{minor}" for minor in range(6, 16)), "pypy3.11"]
    minors = [scrapy.minor for scrapy in spec.scrapys]
    assert minors[:20] == [f"2.{minor}" for minor in range(20)]
    assert set(spec.plans) == {"smoke", "default", "full"}


def test_linux_has_twelve_lanes_and_other_platforms_have_theirs(spec: MatrixSpec) -> None:
    assert [lane.name for lane in spec.lanes_of("linux")] == LINUX_LANES
    assert {"kqueue", "none-uvloop"} <= {lane.name for lane in spec.lanes_of("macos")}
    assert {"iocp", "asyncio-proactor", "none-winloop"} <= {lane.name for lane in spec.lanes_of("windows")}


def test_a_lane_says_what_to_set_what_to_add_and_what_to_observe(spec: MatrixSpec) -> None:
    lane = spec.lane("asyncio-rloop")
    assert lane.settings == {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "ASYNCIO_EVENT_LOOP": "rloop.RLoop",
    }
    assert lane.overlays == ("rloop",)
    assert lane.expected_reactor("linux") == ("twisted.internet.asyncioreactor.AsyncioSelectorReactor",)
    assert lane.expected_loop("linux") == ("rloop.loop.RLoop",)


def test_a_lane_may_need_other_packages_with_other_releases(spec: MatrixSpec) -> None:
    lane = spec.lane("none-uvloop")
    needed = {release: lane.overlays_for(Version(release)) for release in ("2.15.2", "2.18.0", "2.19.0")}
    assert needed == {"2.15.2": ("uvloop", "httpx"), "2.18.0": ("uvloop", "httpx2"), "2.19.0": ("uvloop",)}


def test_the_default_lane_sets_none_and_does_not_care_about_a_loop(spec: MatrixSpec) -> None:
    lane = spec.lane("default")
    assert lane.settings == {"TWISTED_REACTOR": None}
    assert lane.expected_loop("linux") is None
    assert lane.expected_reactor("macos") == ("twisted.internet.selectreactor.SelectReactor",)


def test_lanes_without_a_reactor_expect_none_and_start_with_2_15(spec: MatrixSpec) -> None:
    lane = spec.lane("none-default")
    assert lane.settings == {"TWISTED_REACTOR_ENABLED": False}
    assert lane.expected_reactor("linux") == ()
    assert lane.unsupported(Version("2.15.0")) is None
    assert "2.15" in (lane.unsupported(Version("2.14.2")) or "")


def test_loops_of_releases_that_ignore_the_setting_are_run_all_the_same(spec: MatrixSpec) -> None:
    assert spec.lane("asyncio-uvloop").unsupported(Version("2.0.1")) is None


def test_an_era_ends_the_day_before_the_next_minor(spec: MatrixSpec) -> None:
    assert spec.cutoff(scrapy(spec, "2.0")) == date(2020, 4, 23)
    assert spec.cutoff(scrapy(spec, "2.13")) == date(2026, 1, 4)


def test_an_era_never_ends_before_the_release_itself() -> None:
    text = changed(
        '"2.6.3", first = 2022-03-01, released = 2022-09-27', '"2.6.3", first = 2022-03-01, released = 2023-01-01'
    )
    spec = parse_matrix(text, Path("matrix.toml"))
    assert spec.cutoff(scrapy(spec, "2.6")) == date(2023, 1, 1)


def test_the_newest_release_has_no_era_yet(spec: MatrixSpec) -> None:
    newest = spec.scrapys[-1]
    assert spec.exclusion("linux", python(spec, "3.12"), newest, profile(spec, "era")) == NEWEST_ERA_REASON
    assert spec.exclusion("linux", python(spec, "3.12"), newest, profile(spec, "latest")) is None


def test_a_python_from_after_an_era_is_excluded_from_it_with_both_days(spec: MatrixSpec) -> None:
    reason = spec.exclusion("linux", python(spec, "3.9"), scrapy(spec, "2.0"), profile(spec, "era"))
    assert reason == "Python 3.9 was first released on 2020-10-05, the era ended on 2020-04-23"
    assert spec.exclusion("linux", python(spec, "3.9"), scrapy(spec, "2.3"), profile(spec, "era")) is None
    assert spec.exclusion("linux", python(spec, "3.9"), scrapy(spec, "2.0"), profile(spec, "latest")) is None


def test_requires_python_excludes_with_its_text(spec: MatrixSpec) -> None:
    latest = profile(spec, "latest")
    assert (
        spec.exclusion("linux", python(spec, "3.9"), scrapy(spec, "2.14"), latest)
        == "Scrapy 2.14.2 requires Python >=3.10"
    )
    assert spec.exclusion("linux", python(spec, "pypy3.11"), scrapy(spec, "2.14"), latest) is None
    assert spec.exclusion("linux", python(spec, "3.6"), scrapy(spec, "2.6"), latest) is None


def test_protego_is_exempt_only_where_uv_cannot_read_its_archive(spec: MatrixSpec) -> None:
    exempt = next(each for each in profile(spec, "era").exempt if each.package == "protego")
    assert exempt.scrapy.contains(Version("2.4.1"))
    assert not exempt.scrapy.contains(Version("2.5.1"))


def test_a_matrix_in_the_working_directory_comes_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_matrix() == resources.matrix_file()
    (tmp_path / "matrix.toml").write_text(SHIPPED)
    assert find_matrix().resolve() == (tmp_path / "matrix.toml").resolve()
    other = tmp_path / "other.toml"
    with pytest.raises(ConfigurationError, match="is not a file"):
        find_matrix(other)
    other.write_text(SHIPPED)
    assert find_matrix(other) == other


def test_a_file_that_is_not_toml_is_refused_with_the_place() -> None:
    assert "is not TOML: " in refused("pythons = 3 6")
    assert "line 1" in refused("pythons = 3 6")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('{ key = "3.7",', '{ kay = "3.7",', ["pythons[1].kay = '3.7'", "did you mean key?"]),
        (
            "released = 2018-06-27",
            "released = 2018-06-27, relased = 1",
            ["pythons[1].relased", "did you mean released?"],
        ),
        ("released = 2018-06-27", 'released = "2018-06-27"', ["pythons[1].released = '2018-06-27'", "is not a day"]),
        ("released = 2018-06-27", "released = 2018-06-27T10:00:00", ["pythons[1].released", "is not a day"]),
        (", released = 2018-06-27", "", ["pythons[1].released: is missing", "add it: a day"]),
        ('overlay = "uvloop"', 'scrapy = ">=2.5"', ["loop.uvloop.reason: is missing"]),
        ('description = "what pip gives today"', 'description = " "', ["profile.latest.description = ' '", "is empty"]),
        ("[platform.wine]", "[platform.whine]", ["platform.whine", "did you mean wine?"]),
        ('key = "3.7"', 'key = "3.6"', ["pythons: '3.6'", "is there twice"]),
        ('key = "3.7"', 'key = "jython3"', ["pythons[1].key = 'jython3'", "3.12 or pypy3.11"]),
        ('"2.1.0", first', '"2.1", first', ["scrapy[1].version = '2.1'", "2.13.4"]),
        ('"2.1.0", first', '"two", first', ["scrapy[1].version = 'two'", "is not a version"]),
        ('"2.1.0", first', '"2.0.0", first', ["scrapy: '2.0'", "is there twice"]),
        (
            'requires-python = ">=3.5.2"',
            'requires-python = "=>3"',
            ["scrapy[2].requires-python", "not a version specifier"],
        ),
        ("first = 2020-04-24", "first = 2021-04-24", ["scrapy[1].released", "before the minor's first release"]),
        ("[profile.era]", "[profile.Era]", ["profile.Era", "lower-case"]),
        (
            'cutoff = "day-before-next-minor"',
            'cutoff = "never"',
            ["profile.era.cutoff = 'never'", "day-before-next-minor"],
        ),
        ('cutoff = "day-before-next-minor"', "", ["profile.era.exempt", "add a cutoff"]),
        ('scrapy = "<2.5"', 'scrapy = "<<2.5"', ["profile.era.exempt[0].scrapy = '<<2.5'", ">=2.4,<2.9"]),
        (
            '"asyncio-uvloop",\n  "asyncio-win',
            '"asyncio-uvlop",\n  "asyncio-win',
            ["no loop 'uvlop'", "did you mean asyncio-uvloop"],
        ),
        ('"epoll",\n', '"epol",\n', ["no reactor 'epol'", "epoll"]),
        ('"epoll",\n', '"epoll-uvloop",\n', ["epoll runs on no loop", "write epoll"]),
        ('"asyncio-default",\n', '"asyncio",\n', ["asyncio needs a loop"]),
        ('"epoll",\n', '"select",\n', ["lanes.names", "twice"]),
        (
            'platforms = ["macos"]',
            'platforms = ["solaris"]',
            ["reactor.kqueue.platforms", "'solaris' is unknown", "linux, macos, windows"],
        ),
        (
            'reason = "Scrapy runs without',
            'raeson = "Scrapy runs without',
            ["reactor.none.raeson = 'Scrapy", "did you mean reason?"],
        ),
        (
            "TWISTED_REACTOR_ENABLED = false",
            "TWISTED_REACTOR_ENABLED = 0",
            ["reactor.none.settings.TWISTED_REACTOR_ENABLED"],
        ),
        ('overlay = "uvloop"', 'overlay = "uv loop"', ["loop.uvloop.overlay", "is not a requirement"]),
        (
            'lanes = ["default", "asyncio-default"',
            'lanes = ["defualt", "asyncio-default"',
            ["plan.smoke.select[0].lanes", "did you mean"],
        ),
        ('profiles = ["latest", "era", "pinned"]', 'profiles = ["newest"]', ["'newest' is unknown", "latest"]),
        ("pythons = [", "excludes = []\npythons = [", ["excludes = []", "did you mean exclude?"]),
        ("core = true", 'core = "yes"', ["plan.smoke.select[0].core = 'yes'", "true or false"]),
    ],
)
def test_what_cannot_be_is_refused_with_file_key_and_what_would_be_right(old: str, new: str, parts: list[str]) -> None:
    message = refused(changed(old, new))
    assert message.startswith(str(Path("somewhere/matrix.toml")))
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("exclusion", "part"),
    [
        ('scrapy = "2.3"', "exclude[0].reason: is missing"),
        ('scrapy = "2.3"\nreason = " "', "is empty"),
        ('reason = "because"', "excludes everything"),
        ('reason = "because"\nlane = "asyncio-uvlop*"', "did you mean"),
    ],
)
def test_an_exclusion_needs_a_reason_and_something_to_exclude(exclusion: str, part: str) -> None:
    assert part in refused(f"{SHIPPED}\n[[exclude]]\n{exclusion}\n")


def test_an_exclusion_by_hand_gives_its_reason() -> None:
    spec = parse_matrix(
        f'{SHIPPED}\n[[exclude]]\nscrapy = ">=2.3,<2.5"\npython = "pypy*"\nreason = "r"\n', Path("m.toml")
    )
    latest = profile(spec, "latest")
    assert spec.exclusion("linux", python(spec, "pypy3.11"), scrapy(spec, "2.4"), latest) == "r"
    assert spec.exclusion("linux", python(spec, "pypy3.11"), scrapy(spec, "2.5"), latest) is None
    assert spec.exclusion("linux", python(spec, "3.11"), scrapy(spec, "2.4"), latest) is None


def with_reference(requirement: str) -> str:
    entry = f'{{ name = "main", requirement = "{requirement}", version = "2.20.0.dev0", requires-python = ">=3.10" }},'
    return SHIPPED.replace("scrapy = [\n", f"scrapy = [\n  {entry}\n", 1)


@pytest.mark.parametrize(
    "requirement",
    ["scrapy @ git+https://example.org/scrapy@main", "git+https://example.org/scrapy@main", "file:///srv/scrapy"],
)
def test_a_direct_reference_may_be_a_url(requirement: str, tmp_path: Path) -> None:
    spec = parse_matrix(with_reference(requirement), tmp_path / "matrix.toml")
    assert spec.scrapys[0].requirement == f"scrapy @ {requirement.removeprefix('scrapy @ ')}"
    assert spec.scrapys[0].label == spec.scrapys[0].minor == "main"


def test_a_direct_reference_may_be_a_path_from_where_the_matrix_is(tmp_path: Path) -> None:
    (tmp_path / "branch").mkdir()
    spec = parse_matrix(with_reference("./branch"), tmp_path / "matrix.toml")
    assert spec.scrapys[0].requirement == f"scrapy @ {(tmp_path / 'branch').resolve().as_uri()}"
    with pytest.raises(ConfigurationError, match="there is no source tree"):
        parse_matrix(with_reference("./missing"), tmp_path / "matrix.toml")
    with pytest.raises(ConfigurationError, match="is not Scrapy"):
        parse_matrix(with_reference("parsel @ ./branch"), tmp_path / "matrix.toml")


def test_a_direct_reference_has_no_era_and_moves_no_other_era(tmp_path: Path) -> None:
    spec = parse_matrix(with_reference("https://example.org/scrapy.zip"), tmp_path / "matrix.toml")
    main, newest = spec.scrapys[0], spec.scrapys[-1]
    assert spec.exclusion("linux", python(spec, "3.12"), main, profile(spec, "era")) == "a direct reference has no era"
    assert spec.cutoff(newest) is None
    assert spec.lane("none-default").unsupported(main.version) is None


@pytest.mark.parametrize(
    ("name", "reactor", "loop"), [("epoll", "epoll", None), ("asyncio-uvloop", "asyncio", "uvloop")]
)
def test_the_name_of_a_lane_is_its_reactor_and_its_loop(name: str, reactor: str, loop: str | None) -> None:
    assert LaneName.parse(name) == (reactor, loop)
    lane = load_matrix(resources.matrix_file()).lane(name)
    assert (lane.reactor, lane.loop) == (reactor, loop)


@pytest.mark.parametrize(
    ("written", "size"),
    [("512 MiB", 512 << 20), ("2GiB", 2 << 30), ("1 MiB", 1 << 20), ("9999999 MiB", 9999999 << 20)],
)
def test_the_memory_of_a_batch_is_read_in_mib_and_gib(written: str, size: int) -> None:
    assert parse_matrix(f'memory = "{written}"\n{SHIPPED}', Path("matrix.toml")).memory == size


def test_without_a_word_about_it_a_batch_has_2_gib() -> None:
    assert parse_matrix(SHIPPED, Path("matrix.toml")).memory == 2 << 30


@pytest.mark.parametrize("written", ["0 MiB", "-1 GiB", "1.5 GiB", "512 MB", "512", "2 gib", " 2 GiB", "12345678 MiB"])
def test_what_is_no_size_of_memory_is_refused_with_what_would_be(written: str) -> None:
    expected = f"memory = {written!r}: is no size. Next: write a whole number of MiB or GiB, such as 2 GiB"
    assert expected in refused(f'memory = "{written}"\n{SHIPPED}')


@pytest.mark.parametrize("written", ["512", "2.5", "true", '""'])
def test_so_is_what_is_no_text_for_it(written: str) -> None:
    assert "memory" in refused(f"memory = {written}\n{SHIPPED}")


def test_a_matrix_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(f"lanes = {'[' * 5000}{']' * 5000}\n")
    with pytest.raises(ConfigurationError, match=r"matrix\.toml: is nested too deeply"):
        load_matrix(tmp_path / "matrix.toml")
