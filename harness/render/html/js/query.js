/** Which cells the filters let through, and counting them. All of it works on numbers, block by block. */

import { secondsOf } from "./words.js";

function chosen(dimension, values) {
  const wanted = new Set(values);
  return Uint8Array.from(dimension.names, (name) => (wanted.has(name) ? 1 : 0));
}

/** One condition: for each block, pair, observation or judgement whether it fulfils it; null where it asks nothing. */
function condition() {
  return { block: null, pair: null, seen: null, judged: null };
}

function filterOf(dimension, values) {
  const wanted = chosen(dimension, values);
  const made = condition();
  const mark = (codes) => Uint8Array.from(codes, (code) => wanted[code]);
  made[dimension.level] = dimension.level === "pair" ? dimension.codes.map(mark) : mark(dimension.codes);
  return made;
}

/** A word of the search is in the cell's id, or in its outcome, mechanism or message. */
function searchOf(data, word) {
  const has = (text) => (text.toLowerCase().includes(word) ? 1 : 0);
  const environments = data.environments.map((each) => has(each.id));
  const lanes = data.axes.lane.map(has);
  const [scenarios, helpers] = ["scenario", "helper"].map((axis) => data.axes[axis].map(has));
  return {
    block: Uint8Array.from(data.blocks.environment, (number, block) => environments[number] | lanes[data.blocks.lane[block]]),
    pair: data.grids.map(([scenario, helper]) => Uint8Array.from(scenario, (number, place) => scenarios[number] | helpers[helper[place]])),
    seen: Uint8Array.from(data.seen, ([outcome, mechanism, detail]) => has(`${outcome} ${mechanism ?? ""} ${detail ?? ""}`)),
  };
}

/** The cells that are let through, in order, and where those of each block begin among them. */
export function matching(data, { filters, search }) {
  const asked = Object.entries(filters).map(([axis, values]) => filterOf(data.dimensions[axis], values));
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).map((word) => searchOf(data, word));
  const { blocks, columns: { seen, judged } } = data;
  const cells = new Uint32Array(data.count);
  const begins = new Uint32Array(blocks.count + 1);
  const ofPairs = asked.filter((each) => each.pair);
  const ofSeen = asked.filter((each) => each.seen).map((each) => each.seen);
  const ofJudged = asked.filter((each) => each.judged).map((each) => each.judged);
  let size = 0;
  for (let block = 0; block < blocks.count; block += 1) {
    begins[block] = size;
    if (asked.some((each) => each.block && !each.block[block])) continue;
    const grid = blocks.grid[block];
    const pairs = ofPairs.map((each) => each.pair[grid]);
    const left = words.filter((word) => !word.block[block]);
    const start = blocks.start[block];
    const end = blocks.start[block + 1];
    for (let cell = start; cell < end; cell += 1) {
      const place = cell - start;
      if (pairs.every((pair) => pair[place]) && ofSeen.every((each) => each[seen[cell]])
        && ofJudged.every((each) => each[judged[cell]])
        && left.every((word) => word.pair[grid][place] || word.seen[seen[cell]])) {
        cells[size] = cell;
        size += 1;
      }
    }
  }
  begins[blocks.count] = size;
  return { cells: cells.subarray(0, size), begins, size };
}

/** Calls `visit(cell, row)` for each cell, `row` being its code on an axis. */
export function codesAlong(data, found, axis) {
  const { level, codes } = data.dimensions[axis];
  const { blocks, columns } = data;
  const along = new Uint16Array(found.size);
  for (let block = 0; block < blocks.count; block += 1) {
    const end = found.begins[block + 1];
    const start = blocks.start[block];
    const pairs = level === "pair" ? codes[blocks.grid[block]] : null;
    for (let place = found.begins[block]; place < end; place += 1) {
      const cell = found.cells[place];
      if (level === "block") along[place] = codes[block];
      else if (level === "pair") along[place] = pairs[cell - start];
      else along[place] = codes[columns[level][cell]];
    }
  }
  return along;
}

/** Counts by row, column and outcome; beside it the time of what took any, and what is not as expected. */
export function pivoted(data, found, rowAxis, columnAxis) {
  const rows = codesAlong(data, found, rowAxis);
  const columns = columnAxis === null ? new Uint16Array(found.size) : codesAlong(data, found, columnAxis);
  const width = columnAxis === null ? 1 : data.dimensions[columnAxis].names.length;
  const height = data.dimensions[rowAxis].names.length;
  const kinds = data.outcomes.length;
  const counts = new Uint32Array(width * height * kinds);
  const seconds = new Float64Array(width * height);
  const timed = new Uint32Array(width * height);
  const unexpected = new Uint32Array(width * height);
  const outcomes = data.dimensions.outcome.codes;
  const verdicts = data.dimensions.verdict?.codes;
  const bad = data.verdicts.indexOf("unexpected");
  const scale = Float64Array.from({ length: 64 }, (_, level) => secondsOf(level));
  const { seen, time, judged } = data.columns;
  for (let place = 0; place < found.size; place += 1) {
    const cell = found.cells[place];
    const at = rows[place] * width + columns[place];
    counts[at * kinds + outcomes[seen[cell]]] += 1;
    if (time[cell]) {
      seconds[at] += scale[time[cell]];
      timed[at] += 1;
    }
    if (verdicts && verdicts[judged[cell]] === bad) unexpected[at] += 1;
  }
  return { width, height, kinds, counts, seconds, timed, unexpected, rows, columns };
}

/** The most common mechanism of what was tried and did not pass, by row and column: [name, how many] or null. */
export function mainMechanisms(data, found, table) {
  const { codes, names } = data.dimensions.mechanism;
  const counts = new Map();
  const pass = data.outcomes.indexOf("pass");
  for (let place = 0; place < found.size; place += 1) {
    const seen = data.columns.seen[found.cells[place]];
    const outcome = data.dimensions.outcome.codes[seen];
    if (outcome === pass || !data.isMeasured[outcome]) continue;
    const key = (table.rows[place] * table.width + table.columns[place]) * names.length + codes[seen];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const main = new Array(table.width * table.height).fill(null);
  for (const [key, count] of counts) {
    const at = Math.floor(key / names.length);
    if (main[at] === null || count > main[at][1]) main[at] = [names[key % names.length], count];
  }
  return main;
}

/** The places of cells in the order of an axis' codes. */
export function ordered(data, found, axis, direction) {
  const along = axis === "time" ? Uint16Array.from(found.cells, (cell) => data.columns.time[cell]) : codesAlong(data, found, axis);
  const sign = direction === "desc" ? -1 : 1;
  const keys = new Float64Array(found.size);
  for (let place = 0; place < found.size; place += 1) keys[place] = (sign * along[place] + 65536) * 4294967296 + place;
  keys.sort();
  return Uint32Array.from(keys, (key) => found.cells[key % 4294967296]);
}
