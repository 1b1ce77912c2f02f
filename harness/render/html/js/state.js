/** What is shown, kept in the part of the URL behind `#`, so that a link shows what its sender saw. */

export const DEFAULTS = { rows: "helper", columns: "scrapy", show: "outcomes" };
export const SHOWN = { outcomes: "what passed", mechanism: "why not", cells: "how many cells", time: "time of a cell" };

export const state = { ...DEFAULTS, search: "", filters: {}, cell: null, order: null };
const listeners = [];

export function onChange(listener) {
  listeners.push(listener);
}

function valuesOf(text) {
  return text.split(",").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
}

/** The state that a hash stands for, and the section it leads to. What the data does not have is left out. */
export function parseHash(hash, dimensions) {
  const [section, query] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(query ?? "");
  const found = { ...DEFAULTS, search: parameters.get("search") ?? "", filters: {}, cell: parameters.get("cell"), order: null };
  for (const name of ["rows", "columns"]) if (parameters.get(name) in dimensions) found[name] = parameters.get(name);
  if (parameters.get("show") in SHOWN) found.show = parameters.get("show");
  const order = /^(\d+)-(asc|desc)$/.exec(parameters.get("order") ?? "");
  if (order) found.order = [Number(order[1]), order[2]];
  for (const [axis, { names }] of Object.entries(dimensions)) {
    if (!parameters.has(axis)) continue;
    found.filters[axis] = valuesOf(parameters.get(axis)).filter((value) => names.includes(value));
  }
  return { section, bare: query === undefined, found };
}

export function hashOf(section, shown) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(DEFAULTS)) if (shown[name] !== value) parameters.set(name, shown[name]);
  for (const [axis, values] of Object.entries(shown.filters)) parameters.set(axis, values.map(encodeURIComponent).join(","));
  if (shown.search) parameters.set("search", shown.search);
  if (shown.order) parameters.set("order", shown.order.join("-"));
  if (shown.cell) parameters.set("cell", shown.cell);
  const text = parameters.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  return `#${section}${text ? `?${text}` : ""}`;
}

/** Changes what is shown. `keep`: the page is where it was, nothing but the drawer has changed. */
export function change(changes, { section = "explore", keep = false } = {}) {
  Object.assign(state, changes);
  history.replaceState(null, "", hashOf(section, state));
  for (const listener of listeners) listener({ keep });
}
