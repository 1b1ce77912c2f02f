/** The drawer: everything about one cell. */

import { SYMBOLS } from "./outcomes.js";
import { duration, secondsOf } from "./words.js";
import { byId, copyButton, el, save } from "./elements.js";
import { change, state } from "./state.js";
import { cellAt, cellById, neighbours } from "./cell.js";
import { commandOf, issueText, noScript, scriptFor } from "./again.js";

export function outcomeBadge(outcome, mechanism) {
  return el("span", { class: `badge o-${outcome}` }, el("span", { "aria-hidden": "true" }, `${SYMBOLS[outcome] ?? "?"} `), mechanism ? `${outcome}: ${mechanism}` : outcome);
}

function facts(data, here) {
  const { environment } = here;
  const row = (name, value) => (value ? [el("dt", {}, name), el("dd", {}, value)] : []);
  return el("dl", { class: "facts" },
    row("reactor", here.facts.reactor ?? (here.facts.loop ? "none" : null)), row("event loop", here.facts.loop), row("policy", here.facts.policy),
    row("close", here.close), row("interpreter", environment.interpreter), row("Scrapy", environment.release),
    row("time", here.time ? `about ${duration(secondsOf(here.time))}` : null),
    row("ran", here.time || here.isolated ? (here.isolated ? "alone in its process" : "in a batch") : null));
}

function block(title, text, open = false) {
  if (!text) return null;
  return el("details", { open }, el("summary", {}, title), copyButton(text), el("pre", { tabindex: "0" }, text));
}

function claimsOf(data, here) {
  const line = (id, words) => el("li", {}, el("a", { href: `#claim-${id}` }, el("code", {}, id)), ` ${words}: ${data.claims[id]?.[0] ?? ""}`);
  const found = [...here.disagreeing.map((id) => line(id, here.verdict === "expected" ? "refuted here, accepted in the baseline" : "refuted here")), ...here.agreeing.map((id) => line(id, "confirmed here"))];
  return found.length ? [el("h3", {}, "Claims it bears on"), el("ul", {}, found)] : [];
}

function releases(data, here) {
  const items = neighbours(data, here).map(([label, cell]) => {
    if (cell < 0) return el("li", { class: "s-unknown" }, el("span", { class: "quiet" }, label));
    const other = cellAt(data, cell);
    const told = `Scrapy ${label}: ${other.outcome}${other.mechanism ? ` ${other.mechanism}` : ""}`;
    return el("li", { class: `o-${other.outcome}` }, el("a", {
      href: `#cell?cell=${encodeURIComponent(other.id)}`, title: told, "aria-label": told,
      "aria-current": cell === here.cell ? "true" : null,
    }, el("small", {}, label), SYMBOLS[other.outcome]));
  });
  return [el("h3", {}, "The same with other releases of Scrapy"), el("ul", { class: "releases" }, items)];
}

function again(data, here) {
  const on = data.axes.platform.length > 1 ? `, on ${here.environment.id.split("-")[0]}` : "";
  const parts = [el("h3", {}, `Run it again${on}`), el("div", { class: "command" }, el("code", { id: "command" }, commandOf(data, here.id, "posix")), copyButton(() => commandOf(data, here.id, "posix"), "Copy command"))];
  const missing = noScript(data, here);
  if (missing) return [...parts, el("p", { class: "quiet" }, missing)];
  const buttons = [["Copy for a POSIX shell", "posix"], ["Copy for PowerShell", "powershell"]].map(([label, shell]) => copyButton(() => scriptFor(data, here, shell), label));
  const keep = el("button", { type: "button", class: "copy", onclick: () => save("again.py", scriptFor(data, here, "file")) }, "Save again.py");
  return [...parts, el("p", {}, "Or without the harness: a script that needs nothing but uv, with these packages and the scenario in it. ", ...buttons, " ", keep),
    block("The scenario", data.again.scenarios[here.scenario].source)];
}

function environmentOf(data, here) {
  const { environment } = here;
  const packages = (environment.packages ?? []).map((number) => data.packages[number]).join("\n");
  const added = (environment.overlays ?? []).map(({ name, reason, packages: numbers }) => `${name}: ${reason ?? numbers.map((number) => data.packages[number]).join(" ")}`).join("\n");
  return [el("h3", {}, "Environment"), el("p", {}, el("code", {}, environment.id), environment.status ? ` ${environment.status}: ${environment.reason ?? ""}` : ""),
    block("Packages", packages), block("Added for some lanes and scenarios", added), block("Why it could not be used", data.text(environment.detail ?? 0))];
}

function body(data, here) {
  const issue = issueText(data, here);
  return [
    el("header", {},
      el("div", {}, outcomeBadge(here.outcome, here.mechanism), here.verdict ? el("span", { class: `badge v-${here.verdict}` }, here.verdict) : ""),
      el("button", { type: "button", class: "plain close", "aria-label": "Close", onclick: () => byId("drawer").close() }, "✕")),
    el("h2", { id: "drawer-title" }, `${here.helper} · ${here.scenario}`),
    el("p", { class: "id" }, el("code", {}, here.id), " ", copyButton(here.id, "Copy id")),
    data.questions[here.scenario] ? el("p", { class: "quiet" }, data.questions[here.scenario].replaceAll("`", "")) : null,
    here.mechanism ? el("p", { class: "why" }, data.mechanisms[here.mechanism] ?? "") : null,
    here.detail ? el("p", { class: "message" }, here.detail) : null,
    facts(data, here),
    block("Exception", data.text(here.evidence.exception), true), block("Stacks", data.text(here.evidence.stacks), !here.evidence.exception),
    block("What it printed", data.text(here.evidence.output), true),
    ...claimsOf(data, here), ...releases(data, here), ...again(data, here), ...environmentOf(data, here),
    el("h3", {}, "Report it"), el("p", {}, "Text of an issue with all of this in it. ", copyButton(issue, "Copy issue text")), block("Issue text", issue),
  ].filter((part) => part !== null);
}

/** Opens the drawer for the cell that the state names, or closes it. */
export function showDrawer(data) {
  const drawer = byId("drawer");
  if (!state.cell) {
    if (drawer.open) drawer.close();
    return;
  }
  const cell = cellById(data, state.cell);
  byId("drawer-body").replaceChildren(...(cell < 0
    ? [el("h2", { id: "drawer-title" }, "No such cell"), el("p", { class: "empty" }, `This run has no cell ${state.cell}`),
      el("button", { type: "button", class: "plain close", onclick: () => drawer.close() }, "Close")]
    : body(data, cellAt(data, cell))));
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
}

export function startDrawer(sectionNow) {
  const drawer = byId("drawer");
  drawer.addEventListener("close", () => {
    if (state.cell) change({ cell: null }, { section: sectionNow(), keep: true });
  });
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
}
