/** Outcomes over releases and Pythons as bars, and where time is spent. */

import { BAR, SYMBOLS } from "./outcomes.js";
import { LABELS, duration, number, plural } from "./words.js";
import { byId, el } from "./elements.js";
import { groupAt, percent } from "./pivot.js";
import { pivoted } from "./query.js";

function bar(group) {
  const tried = group.outcomes.filter(([outcome]) => BAR.includes(outcome));
  const sum = tried.reduce((total, [, count]) => total + count, 0);
  const told = group.outcomes.map(([outcome, count]) => `${outcome} ${number(count)}`).join(", ");
  const parts = BAR.map((outcome) => [outcome, tried.find(([name]) => name === outcome)?.[1] ?? 0]).filter(([, count]) => count);
  return el("div", { class: "bar", role: "img", "aria-label": told || "nothing tried", title: told }, parts.map(([outcome, count]) => {
    const part = el("span", { class: `o-${outcome}` }, count * 12 > sum ? SYMBOLS[outcome] : "");
    part.style.flexGrow = count;
    return part;
  }));
}

function chart(data, found, axis) {
  const table = pivoted(data, found, axis, null);
  const { names } = data.dimensions[axis];
  const rows = names.map((name, row) => [name, groupAt(data, table, row)]).filter(([, group]) => group.all).map(([name, group]) => el("tr", {},
    el("th", { scope: "row", class: "name" }, name), el("td", { class: "wide" }, bar(group)),
    el("td", { class: "n" }, group.tried ? `${percent(group)}%` : "–"), el("td", { class: "n quiet" }, number(group.tried))));
  return el("div", {}, el("h3", {}, `Outcomes by ${LABELS[axis]}`), el("table", { class: "chart" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, LABELS[axis]), el("th", { scope: "col" }, "outcomes"), el("th", { scope: "col", class: "n" }, "passed"), el("th", { scope: "col", class: "n" }, "tried"))), el("tbody", {}, rows)));
}

function times(data, found) {
  const table = pivoted(data, found, "scenario", null);
  const rows = [...data.dimensions.scenario.names.entries()].filter(([row]) => table.timed[row]).map(([row, name]) => [name, table.seconds[row], table.timed[row]]);
  rows.sort((one, other) => other[1] - one[1]);
  const most = rows[0]?.[1] ?? 1;
  const total = rows.reduce((sum, [, seconds]) => sum + seconds, 0);
  const lines = rows.slice(0, 15).map(([name, seconds, count]) => {
    const fill = el("span", { class: "fill" });
    fill.style.width = `${(100 * seconds) / most}%`;
    return el("tr", {}, el("th", { scope: "row", class: "name" }, name), el("td", { class: "wide" }, el("div", { class: "bar time", "aria-hidden": "true" }, fill)),
      el("td", { class: "n" }, duration(seconds)), el("td", { class: "n quiet" }, duration(seconds / count)));
  });
  return el("div", {}, el("h3", {}, "Where time is spent"), el("p", { class: "quiet" }, `About ${duration(total)} in ${plural(rows.length, "scenario")}${rows.length > 15 ? "; the 15 that took most" : ""}.`),
    el("table", { class: "chart" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "scenario"), el("th", { scope: "col" }, "share"), el("th", { scope: "col", class: "n" }, "in all"), el("th", { scope: "col", class: "n" }, "a cell"))), el("tbody", {}, lines)));
}

/** Shows the charts of the cells that were found. */
export function showTrends(data, found) {
  byId("trends-body").replaceChildren(...(found.size
    ? [chart(data, found, "scrapy"), chart(data, found, "python"), chart(data, found, "lane"), times(data, found)]
    : [el("p", { class: "empty" }, "No cell is let through by the filters.")]));
}
