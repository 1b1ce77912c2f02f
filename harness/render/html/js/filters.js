/** The controls above the pivot: rows, columns, what is shown, search, and a filter for every axis. */

import { LABELS, plural } from "./words.js";
import { byId, el } from "./elements.js";
import { DEFAULTS, SHOWN, change, state } from "./state.js";

const SEARCH_DELAY = 120;

function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, label]) => el("option", { value }, label)));
}

function toggled(axis, value, isOn) {
  const values = new Set(state.filters[axis] ?? []);
  if (isOn) values.add(value);
  else values.delete(value);
  const filters = { ...state.filters, [axis]: [...values] };
  if (!values.size) delete filters[axis];
  change({ filters });
}

function filterMenu(axis, { names }) {
  const list = el("div", { class: "choices", role: "group", "aria-label": LABELS[axis] }, names.map((name) => {
    const box = el("input", { type: "checkbox", value: name, onchange: (event) => toggled(axis, name, event.target.checked) });
    return el("label", {}, box, ` ${name}`);
  }));
  const find = names.length > 12 ? el("input", {
    type: "search", class: "find", "aria-label": `Find among ${LABELS[axis]}`, placeholder: "find", oninput: (event) => {
      const word = event.target.value.toLowerCase();
      for (const label of list.children) label.hidden = !label.textContent.toLowerCase().includes(word);
    },
  }) : null;
  const clear = el("button", { type: "button", class: "plain", onclick: () => {
    const { [axis]: _, ...filters } = state.filters;
    change({ filters });
  } }, "any");
  return el("details", { class: "filter", "data-axis": axis }, el("summary", {}, LABELS[axis]), el("div", { class: "menu" }, find, list, clear));
}

/** Makes the controls; they only change the state. */
export function startFilters(data) {
  const axes = Object.keys(data.dimensions).map((axis) => [axis, LABELS[axis]]);
  options(byId("rows"), axes);
  options(byId("columns"), axes);
  options(byId("show"), Object.entries(SHOWN));
  for (const name of ["rows", "columns", "show"]) byId(name).addEventListener("change", (event) => change({ [name]: event.target.value }));
  byId("swap").addEventListener("click", () => change({ rows: state.columns, columns: state.rows }));
  let timer = null;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ search: event.target.value }), SEARCH_DELAY);
  });
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  const menus = Object.entries(data.dimensions).map(([axis, dimension]) => filterMenu(axis, dimension));
  const reset = el("button", { type: "button", id: "reset", class: "plain", onclick: () => change({ ...DEFAULTS, filters: {}, search: "", order: null }) }, "Reset");
  byId("filters").replaceChildren(...menus, reset);
  // One menu at a time, and none stays open behind what is looked at.
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  byId("filters").addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
}

/** Shows in the controls what the state says. */
export function showFilters(data, found) {
  for (const name of ["rows", "columns", "show"]) byId(name).value = state[name];
  if (document.activeElement !== byId("search")) byId("search").value = state.search;
  for (const menu of byId("filters").querySelectorAll("details")) {
    const { axis } = menu.dataset;
    const values = state.filters[axis];
    menu.classList.toggle("active", values !== undefined);
    let told = LABELS[axis];
    if (values) told += values.length === 1 ? `: ${values[0]}` : `: ${values.length}`;
    menu.querySelector("summary").textContent = told;
    for (const box of menu.querySelectorAll("input[type=checkbox]")) box.checked = values?.includes(box.value) ?? false;
  }
  const narrowed = state.search || Object.keys(state.filters).length;
  byId("reset").disabled = !narrowed && ["rows", "columns", "show"].every((name) => state[name] === DEFAULTS[name]);
  byId("summary").textContent = narrowed ? `${plural(found.size, "cell")} of ${plural(data.count, "cell")} let through by the filters.` : `All ${plural(data.count, "cell")}, no filter.`;
}
