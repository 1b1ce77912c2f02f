/** The list of cells: a table that asks for one page at a time, so that a million cells are as quick as ten. */

import { duration, secondsOf } from "./words.js";
import { byId, el } from "./elements.js";
import { change, state } from "./state.js";
import { ordered } from "./query.js";
import { cellAt } from "./cell.js";
import { outcomeBadge } from "./drawer.js";

const COLUMNS = [
  ["outcome", "outcome", (here) => outcomeBadge(here.outcome, here.mechanism)],
  ["helper", "helper", (here) => el("a", { class: "cell-link", href: `#cell?cell=${encodeURIComponent(here.id)}`, title: here.id }, here.helper)],
  ["scenario", "scenario", (here) => here.scenario],
  ["lane", "lane", (here) => here.lane],
  ["scrapy", "Scrapy", (here) => here.environment.release],
  ["python", "Python", (here, data) => data.axes.python[here.environment.python]],
  ["profile", "profile", (here, data) => data.axes.profile[here.environment.profile]],
  ["platform", "platform", (here, data) => data.axes.platform[here.environment.platform]],
  ["verdict", "verdict", (here) => (here.verdict ? el("span", { class: `badge v-${here.verdict}` }, here.verdict) : "")],
  [null, "message", (here) => el("span", { class: "message" }, here.detail ?? "")],
  ["time", "time", (here) => (here.time ? duration(secondsOf(here.time)) : "")],
];

let shownCells = new Uint32Array(0);
let table = null;

/** Makes the table once. What stands in it is made of elements, never of markup. */
export function startCells(data) {
  const columns = COLUMNS.filter(([axis]) => axis !== "verdict" || data.verdicts.length);
  const place = el("table", { class: "told cells", "aria-labelledby": "cells-title" });
  byId("cells").replaceChildren(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Cells" }, place));
  const page = (asked, answer) => {
    const rows = Array.from(shownCells.subarray(asked.start, asked.start + asked.length), (cell) => ({ cell }));
    answer({ draw: asked.draw, recordsTotal: shownCells.length, recordsFiltered: shownCells.length, data: rows });
  };
  table = new globalThis.DataTable(place, {
    serverSide: true, ajax: page, searching: false, pageLength: 25, lengthMenu: [10, 25, 100, 500], order: [], autoWidth: false,
    layout: { topStart: "info", topEnd: "pageLength", bottomStart: null, bottomEnd: "paging" },
    language: { info: "_START_ to _END_ of _TOTAL_", infoEmpty: "none", zeroRecords: "No cell is let through by these filters.", emptyTable: "No cell is let through by these filters.", lengthMenu: "_MENU_ a page" },
    columns: columns.map(([axis, title, made]) => ({
      title, data: null, defaultContent: "", orderable: axis !== null,
      createdCell: (td, _, row) => td.replaceChildren(made(cellAt(data, row.cell), data)),
    })),
  });
  table.on("order", () => {
    const [first] = table.order();
    const order = first && first[1] ? [first[0], first[1]] : null;
    if (String(order) !== String(state.order)) change({ order });
  });
  return columns.map(([axis]) => axis);
}

/** Shows the cells that were found, in the order that the state asks for. */
export function showCells(data, found, axes) {
  const axis = state.order ? axes[state.order[0]] : null;
  shownCells = axis ? ordered(data, found, axis, state.order[1]) : found.cells;
  const now = table.order()[0];
  if (String(state.order ?? "") !== String(now ? [now[0], now[1]] : "")) table.order(state.order ? [state.order] : []);
  table.draw();
}
