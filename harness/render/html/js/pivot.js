/** The pivot table: rows and columns among all axes. */

import { SYMBOLS, TONES } from "./outcomes.js";
import { LABELS, duration, number, plural } from "./words.js";
import { byId, el } from "./elements.js";
import { change, state } from "./state.js";
import { mainMechanisms, pivoted } from "./query.js";

const MOST = 400;

/** What is known of a group of cells: the outcomes, how many were tried and passed. */
export function groupAt(data, table, at) {
  const group = { all: 0, tried: 0, passed: 0, outcomes: [] };
  for (let kind = 0; kind < table.kinds; kind += 1) {
    const count = table.counts[at * table.kinds + kind];
    if (!count) continue;
    group.all += count;
    group.outcomes.push([data.outcomes[kind], count]);
    if (data.isMeasured[kind]) group.tried += count;
    if (data.outcomes[kind] === "pass") group.passed += count;
  }
  group.outcomes.sort((one, other) => other[1] - one[1]);
  return group;
}

export function stateOf(group) {
  if (!group.all) return "unknown";
  if (!group.tried) return TONES[group.outcomes[0][0]] === "doubted" ? "doubted" : "absent";
  if (group.passed === group.tried) return "yes";
  if (!group.passed) return "no";
  return 2 * group.passed >= group.tried ? "most" : "few";
}

/** Never 100 where something failed, nor 0 where something passed. */
export function percent(group) {
  const share = (100 * group.passed) / group.tried;
  return share > 0 && share < 100 ? Math.min(99, Math.max(1, Math.round(share))) : share;
}

const STATE_SYMBOLS = { yes: "✓", most: "◕", few: "◔", no: "✗", absent: "∅", doubted: "≠", unknown: "" };

function shown(group, table, at, mechanisms) {
  if (state.show === "time") return table.timed[at] ? duration(table.seconds[at] / table.timed[at]) : "–";
  if (state.show === "mechanism" && group.tried) return mechanisms[at] ? `${mechanisms[at][0]} ${number(mechanisms[at][1])}` : "✓";
  if (state.show === "mechanism") return `${SYMBOLS[group.outcomes[0][0]]} ${group.outcomes[0][0]}`;
  if (!group.tried && state.show !== "cells") return `${SYMBOLS[group.outcomes[0][0]]} ${number(group.all)}`;
  if (state.show === "cells") return number(group.all);
  const kind = stateOf(group);
  if (kind === "yes" || kind === "no") return `${STATE_SYMBOLS[kind]} ${number(group.tried)}`;
  return `${STATE_SYMBOLS[kind]} ${group.tried < 100 ? `${group.passed}/${group.tried}` : `${percent(group)}%`}`;
}

/** How warm a time is, in steps from 0 to 8, against the longest of the table. */
function heat(table, at, longest) {
  if (!table.timed[at]) return 0;
  return Math.max(0, Math.round(8 + Math.log2(table.seconds[at] / table.timed[at] / longest)));
}

function tableCell(data, table, at, names, mechanisms, longest) {
  const group = groupAt(data, table, at);
  if (!group.all) return el("td", { class: "s-unknown" }, el("span", { class: "hidden-visually" }, "no such cell"));
  const told = `${names.filter(Boolean).join(", ")}: ${group.outcomes.map(([outcome, count]) => `${outcome} ${number(count)}`).join(", ")}`
    + (table.unexpected[at] ? `, ${number(table.unexpected[at])} not as expected` : "");
  const kind = state.show === "time" ? `h-${heat(table, at, longest)}` : `s-${stateOf(group)}`;
  const flag = table.unexpected[at] ? el("span", { class: "flag", "aria-hidden": "true" }, "!") : "";
  return el("td", { class: kind }, el("button", { type: "button", title: told, "aria-label": told, "data-at": at }, shown(group, table, at, mechanisms), flag));
}

function narrowed(data, at, table) {
  const row = data.dimensions[state.rows].names[Math.floor(at / table.width)];
  const filters = { ...state.filters, [state.rows]: [row] };
  if (state.columns !== state.rows) filters[state.columns] = [data.dimensions[state.columns].names[at % table.width]];
  change({ filters });
  byId("cells-title").scrollIntoView({ block: "nearest" });
}

function used(table, along, length) {
  const found = new Uint8Array(length);
  for (const code of along) found[code] = 1;
  return [...found.keys()].filter((code) => found[code]);
}

/** Shows the pivot of the cells that were found. */
export function showPivot(data, found) {
  const place = byId("pivot");
  if (!found.size) {
    place.replaceChildren(el("p", { class: "empty" }, data.count ? "No cell is let through by these filters. " : "This run has no cells. ",
      data.count ? el("button", { type: "button", onclick: () => change({ filters: {}, search: "" }) }, "Let all through") : ""));
    return;
  }
  const single = state.rows === state.columns;
  const table = pivoted(data, found, state.rows, single ? null : state.columns);
  const [rowNames, columnNames] = [state.rows, state.columns].map((axis) => data.dimensions[axis].names);
  const rows = used(table, table.rows, table.height);
  const columns = single ? [0] : used(table, table.columns, table.width);
  const mechanisms = state.show === "mechanism" ? mainMechanisms(data, found, table) : null;
  let longest = 0;
  for (let at = 0; at < table.timed.length; at += 1) if (table.timed[at]) longest = Math.max(longest, table.seconds[at] / table.timed[at]);
  const head = el("tr", {}, el("th", { scope: "col", class: "name" }, single ? LABELS[state.rows] : `${LABELS[state.rows]} × ${LABELS[state.columns]}`),
    columns.slice(0, MOST).map((column) => el("th", { scope: "col" }, single ? "all" : columnNames[column])));
  const lines = rows.slice(0, MOST).map((row) => el("tr", {}, el("th", { scope: "row", class: "name" }, rowNames[row]),
    columns.slice(0, MOST).map((column) => tableCell(data, table, row * table.width + column, [rowNames[row], single ? "" : columnNames[column]], mechanisms, longest))));
  const made = el("table", { class: `pivot show-${state.show}` }, el("thead", {}, head), el("tbody", {}, lines));
  made.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) narrowed(data, Number(button.dataset.at), table);
  });
  const more = Math.max(0, rows.length - MOST) + Math.max(0, columns.length - MOST);
  place.replaceChildren(made, more ? el("p", { class: "quiet" }, `… ${plural(more, "more row or column")} left out here: filter to see them`) : "");
}
