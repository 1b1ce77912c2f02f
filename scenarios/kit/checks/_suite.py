"""Runs the test suite of a target in a process of its own, followed line by line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PLUGIN = "scrapy_compat_lane"
_KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS")
"""Variables that the target's code gets of the user's: no other, since any may be a secret."""
_KEPT_PREFIXES = ("LC_", "SCRAPY_COMPAT_PROCESS", "WINE", "DYLD_", "LD_LIBRARY")
_SIGN_OF_LIFE = 15.0
"""Seconds after which the harness is told that a suite still runs although no test has ended."""
_LOOK = 0.03
UNFORCED = {"settings": {}, "reactorless": False, "forced": False, "overlays": [], "arguments": []}
"""The lane of a suite that runs as its author runs it."""
_LARGEST_OUTPUT = 64 << 20
"""Bytes that a suite may print: it must not fill the disk."""
_SHOWN_OUTPUT = 32768
"""Bytes kept of the end of what it printed."""


def read_target():
    """What is known of the target: the harness writes it beside this file."""
    with open(os.path.join(HERE, "target.json"), encoding="utf-8") as file:
        return json.load(file)


def target_environment(target, place):
    """The variables of the target's processes: none of the user's secrets, a home and a place for temporary files."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    for name in ("home", "tmp"):
        os.makedirs(os.path.join(place, name), exist_ok=True)
    home, temporary = os.path.join(place, "home"), os.path.join(place, "tmp")
    kept.update(HOME=home, USERPROFILE=home, TMPDIR=temporary, TEMP=temporary, TMP=temporary)
    kept.update(target["environment"])
    return kept


class SuiteRun:
    """One run of a suite: what its plugin has told, and how it ended."""

    def __init__(self):
        self.tests = {}
        """By id: outcome, seconds, message, place, text; the worst that was said of each."""
        self.counts = {}
        """How often each category was reported, as pytest counts them."""
        self.reactor_choices = []
        self.notes = []
        self.deprecated = []
        self.collected = None
        self.exit = None
        """As pytest says it; None: it did not come to its end."""
        self.returncode = None
        self.current = None
        """Id of the test that has begun and not ended."""
        self.ran = False
        """Whether the reactor ran, or without one a loop."""
        self.refused_network = []
        self.hung = False
        self.flooded = False
        self.stacks = ""
        self.output = ""
        """The end of what it printed."""
        self.longest = 0.0
        self.seconds = 0.0
        self._facts = {}
        """By process what it said of its worker, reactor and loop: all that it ever said, as tests can change that."""
        self._loops = {}
        self.pids = []

    def hear(self, line):
        """Take one line of the plugin's; `KeyError` for one that it does not write."""
        kind, pid = line.pop("kind"), line.pop("pid")
        if pid not in self.pids:
            self.pids.append(pid)
        getattr(self, "_hear_" + kind)(pid, line)

    def _hear_facts(self, pid, line):
        known = self._facts.setdefault(pid, [])
        if line not in known:
            known.append(line)

    _hear_start = _hear_facts

    def _hear_collected(self, pid, line):
        self.collected = max(self.collected or 0, line.pop("count"))
        self._hear_facts(pid, line)

    def _hear_begin(self, _pid, line):
        self.current = line["id"]

    def _hear_options(self, _pid, line):
        self.reactor_choices = line["reactor"]

    def _hear_refused(self, _pid, line):
        self.notes.append("it tried to install %s, and was refused: %s" % (line["wanted"], line["place"]))

    def _hear_running(self, pid, line):
        self.ran = True
        if "loop" in line:
            self._loops[pid] = line["loop"]

    def _hear_network(self, _pid, line):
        if line["host"] not in self.refused_network:
            self.refused_network.append(line["host"])

    def _hear_deprecated(self, _pid, line):
        told = (line["place"], line["text"])
        if told not in self.deprecated:
            self.deprecated.append(told)

    def _hear_note(self, _pid, line):
        if line["text"] not in self.notes:
            self.notes.append(line["text"])

    def _hear_finish(self, _pid, line):
        self.exit = line["exit"]

    def _hear_test(self, _pid, line):
        name, outcome = line["id"], line["outcome"]
        self.current = None
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        self.longest = max(self.longest, line["seconds"])
        known = self.tests.get(name)
        if known is None or _worse(outcome, known["outcome"]):
            self.tests[name] = {key: line[key] for key in ("outcome", "seconds", "message", "place", "text")}

    def clean(self, *places):
        """Write paths below the folder that it ran in as from the tree: that folder is another one each time."""

        def cleaned(text):
            for place in places:
                text = text.replace(os.path.join(place, "tree", ""), "").replace(place, "<work>")
            return text

        for test in self.tests.values():
            for key in ("message", "place", "text"):
                test[key] = cleaned(test[key])
        self.deprecated = [(cleaned(place), cleaned(text)) for place, text in self.deprecated]
        self.notes = [cleaned(note) for note in self.notes]
        self.stacks, self.output = cleaned(self.stacks), cleaned(self.output)

    def facts(self):
        """Reactor, loop and policy of the processes that ran tests; None where none has said anything.

        Where they differ, in one process or from one to another, all are named: that is what no lane asks for. Of what
        runs without a reactor the loop is that which ran.
        """
        workers = [pid for pid, said in self._facts.items() if any(each["worker"] for each in said)]
        said = [dict(each, loop=each["loop"] if each["reactor"] else self._loops.get(pid))
                for pid in workers or self._facts for each in self._facts[pid]]  # fmt: skip
        if not said:
            return None
        found = {"policy": said[0]["policy"]}
        for name in ("reactor", "loop"):
            values = sorted(set(each[name] or "none" for each in said))
            found[name] = " and ".join(values) if len(values) > 1 else said[0][name]
        return found


_ORDER = ("error", "failed", "xpassed", "rerun", "xfailed", "passed", "skipped")


def _worse(one, other):
    return _ORDER.index(one) < _ORDER.index(other) if one in _ORDER and other in _ORDER else False


def run_suite(target, place, lane, limits, alive):
    """Run the suite once in the folder `place` and return a `SuiteRun`.

    `lane`: `settings`, `reactorless`, `forced`, `overlays`, `arguments`. `limits`: seconds without a word until the
    tests are collected (`start`), and after that (`test`). `alive(loud)` is called often, now and then loudly.
    """
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN] + list(target["arguments"]) + lane["arguments"]
    return run_in_tree(target, place, command, lane, limits, alive)


def run_in_tree(target, place, command, lane, limits, alive):
    """Run a command that writes lines for a `SuiteRun` in a copy of the target, and return that; see `run_suite`."""
    tree = os.path.join(place, "tree")
    shutil.copytree(target["source"], tree, symlinks=True)
    environment = target_environment(target, place)
    paths = {name: os.path.join(place, name) for name in ("lines", "stacks", "lane")}
    for path in paths.values():
        open(path, "w").close()
    folder = os.path.join(tree, target.get("folder", ""))
    content = dict(lane, lines=paths["lines"], stacks=paths["stacks"], network=target["network"])
    content["paths"] = [os.path.join(folder, each) for each in target.get("paths", [])]
    with open(paths["lane"], "w", encoding="utf-8") as file:
        json.dump(content, file)
    environment["COMPAT_LANE_FILE"] = paths["lane"]
    environment["PYTHONPATH"] = os.path.join(HERE, "plugin")
    started = time.monotonic()
    run = SuiteRun()
    with open(os.path.join(place, "output"), "w+b") as output, open(paths["lines"], "rb") as lines:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
        )  # fmt: skip
        try:
            _follow(process, lines, output, run, limits, alive)
        finally:
            if process.poll() is None:
                run.stacks = _ask_for_stacks(run.pids, paths["stacks"])
            # Also what it has left behind in its session.
            _kill(process)
            run.returncode = process.wait()
        _hear_all(lines, run)
        output.seek(max(0, output.seek(0, os.SEEK_END) - _SHOWN_OUTPUT))
        run.output = output.read().decode("utf-8", "backslashreplace")
    run.seconds = time.monotonic() - started
    run.clean(os.path.realpath(place), place)
    return run


def _follow(process, lines, output, run, limits, alive):
    heard = told = time.monotonic()
    while process.poll() is None:
        if _hear_all(lines, run):
            heard = time.monotonic()
        now = time.monotonic()
        loud = now - told > _SIGN_OF_LIFE
        alive(loud)
        if loud:
            told = now
        run.hung = now - heard > (limits["start"] if run.collected is None else limits["test"])
        run.flooded = os.fstat(output.fileno()).st_size > _LARGEST_OUTPUT
        if run.hung or run.flooded:
            return
        time.sleep(_LOOK)


def _hear_all(lines, run):
    """Hear what is whole of what was written; whether there was anything."""
    heard = False
    while True:
        at = lines.tell()
        line = lines.readline()
        if not line.endswith(b"\n"):
            # It is still being written.
            lines.seek(at)
            return heard
        heard = True
        try:
            run.hear(json.loads(line.decode("ascii")))
        except (ValueError, KeyError, TypeError, AttributeError):
            run.notes.append("a line of its own making was left out")


def _ask_for_stacks(pids, path):
    """What the threads of some processes are doing, as they write it themselves."""
    if not hasattr(signal, "SIGUSR2"):
        return ""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGUSR2)
        except OSError:
            pass
    time.sleep(1.0)
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _kill(process):
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass


def failures(run):
    """The failures of a `SuiteRun` as one text, each with its id."""
    bad = [(name, test) for name, test in sorted(run.tests.items()) if test["outcome"] in ("failed", "error")]
    return "\n\n".join("%s\n%s" % (name, test["text"] or test["message"]) for name, test in bad[:20])
