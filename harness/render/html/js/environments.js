/** The table of environments; one that is opened shows its packages. */

import { byId, copyButton, el } from "./elements.js";
import { enhanced } from "./tables.js";

function packagesCell(data, environment) {
  if (!environment.packages?.length) return "";
  const made = el("details", {}, el("summary", {}, `${environment.packages.length} packages`));
  made.addEventListener("toggle", () => {
    if (!made.open || made.children.length > 1) return;
    const text = environment.packages.map((number) => data.packages[number]).join("\n");
    made.append(copyButton(text), el("pre", { tabindex: "0" }, text));
  });
  return made;
}

export function startEnvironments(data) {
  const head = ["Scrapy", "Python", "profile", "platform", "state", "why", "packages"].map((name) => el("th", {}, name));
  const rows = data.environments.map((each) => el("tr", {},
    el("th", { scope: "row" }, each.release), el("td", {}, data.axes.python[each.python]), el("td", {}, data.axes.profile[each.profile]),
    el("td", {}, data.axes.platform[each.platform]), el("td", {}, el("span", { class: `badge ${each.status ? `o-${each.status}` : "s-yes"}` }, each.status ?? "✓ used")),
    el("td", {}, each.reason ?? ""), el("td", {}, packagesCell(data, each))));
  const table = el("table", { class: "told paged" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
  byId("environments-body").replaceChildren(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Environments" }, table));
  enhanced(table);
}
