"""The stored runs -> feed.xml: an Atom feed (RFC 4287) of what changed from run to run of the same plan and machine."""

from __future__ import annotations

import html
import uuid
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.infra.text import visible
from harness.render.atomic_files import written_whole
from harness.store.run_directory import Runs
from harness.store.schema import RunMeta
from harness.store.summary import Changes

ENTRIES = 30
"""Runs told of, the latest first."""

_ATOM = "http://www.w3.org/2005/Atom"
_IDS = uuid.UUID("7b1c5a6e-6d3f-5c53-9f0a-5e6a8a1d4c11")
"""Ids of feeds and entries are made within this name space, so that the same run is the same entry wherever it is."""


def write_feed(runs: Runs, of: RunMeta, path: Path) -> None:
    """Write the feed of the plan of a run, whole or not at all, from what was summed up of the stored runs.

    Raises `StorageError` where it cannot be written.
    """
    told = [run.meta for run in runs.stored() if run.meta is not None and run.meta.is_like(of)]
    ended = [meta for meta in reversed(told) if meta.finished is not None and meta.summary is not None]
    feed = ET.Element("feed", xmlns=_ATOM)
    _add(feed, "id", _id(f"feed of {of.plan} {of.plan_hash if of.narrowed else ''} on {of.machine}"))
    _add(feed, "title", f"scrapy-compat: what changed in the plan {of.plan}")
    _add(feed, "updated", str(ended[0].finished) if ended else of.started)
    _add(ET.SubElement(feed, "author"), "name", "scrapy-compat")
    _add(feed, "generator", "scrapy-compat")
    for meta in ended[:ENTRIES]:
        _entry(feed, meta)
    ET.indent(feed)
    with written_whole(path) as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n')
        file.write(ET.tostring(feed, encoding="unicode"))
        file.write("\n")


def _entry(feed: ET.Element, meta: RunMeta) -> None:
    assert meta.summary is not None
    entry = ET.SubElement(feed, "entry")
    _add(entry, "id", _id(f"run {meta.id} of {meta.machine}"))
    _add(entry, "title", f"{meta.plan}, {meta.started[:10]}: {_headline(meta.summary.changes)}")
    _add(entry, "published", meta.started)
    _add(entry, "updated", str(meta.finished))
    for scheme, term in (("plan", meta.plan), ("machine", meta.machine), ("run", meta.id)):
        if term:
            ET.SubElement(entry, "category", term=visible(term), scheme=f"urn:x-scrapy-compat:{scheme}")
    lines = [f"run {meta.id} on {meta.host.get('system', 'an unknown system')}"]
    lines += [", ".join(f"{name} {count:,}" for name, count in meta.summary.outcomes.items())]
    lines += [", ".join(f"{name} {count:,}" for name, count in meta.summary.verdicts.items())]
    if meta.summary.changes is not None:
        lines += ["", f"since run {meta.summary.changes.before}:", *meta.summary.changes.lines]
    text = html.escape(visible("\n".join(lines)), quote=False)
    _add(entry, "content", f"<pre>{text}</pre>").set("type", "html")


def _headline(changes: Changes | None) -> str:
    if changes is None:
        return "the first run"
    return ", ".join(f"{count:,} {name}" for name, count in changes.counts.items()) or "nothing changed"


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = visible(text)
    return child


def _id(name: str) -> str:
    return uuid.uuid5(_IDS, name).urn
