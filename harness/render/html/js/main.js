/** Starts the page: reads the cells, then shows what the URL asks for, and again whenever it changes. */

import { byId, el } from "./elements.js";
import { readData } from "./data.js";
import { change, hashOf, onChange, parseHash, state } from "./state.js";
import { matching } from "./query.js";
import { showDrawer, startDrawer } from "./drawer.js";
import { showFilters, startFilters } from "./filters.js";
import { showPivot } from "./pivot.js";
import { showCells, startCells } from "./cells.js";
import { showTrends } from "./charts.js";
import { startEnvironments } from "./environments.js";
import { startTables } from "./tables.js";
import { startTheme } from "./theme.js";

let section = "";

function lead(target) {
  section = target;
  byId(target)?.scrollIntoView();
}

/** Takes over what the URL says; a bare `#section` only leads there. */
function follow(data) {
  const { section: target, bare, found } = parseHash(location.hash, data.dimensions);
  if (target === "cell") {
    change({ cell: found.cell }, { section: section || "explore", keep: true });
    return;
  }
  if (bare) {
    if (state.cell) byId("drawer").close();
    if (target) history.replaceState(null, "", hashOf(target, state));
  } else {
    Object.assign(state, found);
    change({}, { section: target });
  }
  if (target) lead(target);
}

async function start() {
  startTheme();
  const data = await readData();
  startFilters(data);
  const axes = startCells(data);
  startDrawer(() => section || "explore");
  let found = null;
  onChange(({ keep }) => {
    if (!keep || found === null) {
      found = matching(data, state);
      showFilters(data, found);
      showPivot(data, found);
      showCells(data, found, axes);
      // What is below the fold may come a moment later.
      const these = found;
      requestAnimationFrame(() => setTimeout(() => { if (these === found) showTrends(data, found); }));
    }
    showDrawer(data);
  });
  const { section: target, bare, found: asked } = parseHash(location.hash, data.dimensions);
  if (!bare) Object.assign(state, asked);
  const known = target === "cell" ? "explore" : target;
  change({}, { section: known || "answer" });
  if (known) lead(known);
  globalThis.addEventListener("hashchange", () => follow(data));
  document.documentElement.dataset.ready = "explore";
  setTimeout(() => {
    startEnvironments(data);
    startTables();
    document.documentElement.dataset.ready = "whole";
  });
}

start().catch((error) => {
  byId("summary").replaceWith(el("p", { class: "warning" }, `This browser cannot read the cells (${error.message}). It takes one of 2023 or later; the tables of the answer, claims and ranges are whole.`));
  throw error;
});
