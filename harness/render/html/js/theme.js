/** Light or dark: as the system has it, until somebody chooses. */

import { byId } from "./elements.js";

const KEY = "scrapy-compat-theme";
const NEXT = { auto: "light", light: "dark", dark: "auto" };
const TOLD = { auto: "as the system has them", light: "light", dark: "dark" };

function show(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").setAttribute("aria-label", `Colours: ${TOLD[theme]}`);
  byId("theme").textContent = { auto: "◐", light: "☀", dark: "☾" }[theme];
}

export function startTheme() {
  let theme = "auto";
  try { theme = localStorage.getItem(KEY) ?? "auto"; } catch { /* a browser may refuse to store what a file asks for */ }
  if (!(theme in NEXT)) theme = "auto";
  show(theme);
  byId("theme").addEventListener("click", () => {
    theme = NEXT[theme];
    show(theme);
    try { localStorage.setItem(KEY, theme); } catch { /* as above */ }
  });
}
