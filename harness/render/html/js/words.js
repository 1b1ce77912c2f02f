/** Words for what the columns hold. */

export const LABELS = {
  platform: "platform", scrapy: "Scrapy", python: "Python", profile: "profile", lane: "lane", scenario: "scenario",
  helper: "helper", outcome: "outcome", mechanism: "mechanism", verdict: "verdict",
};

const COUNT = new Intl.NumberFormat("en");

export function number(count) {
  return COUNT.format(count);
}

export function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The duration that a step of the scale of `harness/render/html/cell_columns.py` stands for. */
export function secondsOf(level) {
  return 1e-4 * 2 ** ((level - 1) / 2);
}

export function duration(seconds) {
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  return `${Number(seconds.toPrecision(2))} s`;
}
