/** Unpacks the cells: what `harness/render/html/columns.py` packed. */

import { byId } from "./elements.js";

const ARRAYS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const MANY = 500;
export const OTHERS = "(others)";
export const NO_MECHANISM = "(none)";

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
  return bytes;
}

async function unpacked() {
  const packed = fromBase64(byId("data").textContent);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const columns = {};
  for (const [name, [offset, kind, count]] of Object.entries(header.columns)) {
    const from = 4 + size + offset;
    const type = ARRAYS[kind];
    columns[name] = new type(buffer.slice(from, from + count * type.BYTES_PER_ELEMENT));
  }
  return [header, columns];
}

/** Undoes the differences that a column is written as; a block is compared with the last of its lane and grid. */
function undone(column, blocks) {
  const earlier = new Map();
  for (let block = 0; block < blocks.count; block += 1) {
    const like = blocks.lane[block] * 65536 + blocks.grid[block];
    const start = blocks.start[block];
    const before = earlier.get(like);
    const size = blocks.start[block + 1] - start;
    for (let place = 0; place < size; place += 1) {
      const value = column[start + place];
      column[start + place] = value === 0 ? column[before + place] : value - 1;
    }
    earlier.set(like, start);
  }
  return column;
}

function blocksOf(header, columns) {
  const [environment, lane, grid, needs] = ["environment", "lane", "grid", "needs"].map((name) => columns[`block_${name}`]);
  const start = new Uint32Array(grid.length + 1);
  for (let block = 0; block < grid.length; block += 1) start[block + 1] = start[block] + header.grids[grid[block]][0].length;
  return { environment, lane, grid, needs, start, count: grid.length };
}

/** Numbers the mechanisms, those of most observations first; of very many the rest is one. */
function mechanismsOf(header) {
  const counts = new Map();
  for (const [, mechanism] of header.seen) {
    const name = mechanism ?? NO_MECHANISM;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one)).slice(0, MANY).sort();
  if (counts.size > MANY) names.push(OTHERS);
  const places = new Map(names.map((name, place) => [name, place]));
  const codes = Uint16Array.from(header.seen, ([, mechanism]) => places.get(mechanism ?? NO_MECHANISM) ?? places.get(OTHERS));
  return { names, codes };
}

/** The codes of an axis, by environment, block, pair of a grid, observation or judgement; and the values' names. */
function dimensions(header, blocks) {
  const found = {};
  for (const axis of ["platform", "scrapy", "python", "profile"]) {
    const codes = Uint16Array.from(blocks.environment, (number) => header.environments[number][axis]);
    found[axis] = { level: "block", codes, names: header.axes[axis] };
  }
  found.lane = { level: "block", codes: blocks.lane, names: header.axes.lane };
  for (const [place, axis] of ["scenario", "helper"].entries()) {
    const codes = header.grids.map((grid) => Uint16Array.from(grid[place]));
    found[axis] = { level: "pair", codes, names: header.axes[axis] };
  }
  const outcomes = Uint8Array.from(header.seen, ([outcome]) => header.outcomes.indexOf(outcome));
  const mechanisms = mechanismsOf(header);
  found.outcome = { level: "seen", codes: outcomes, names: header.outcomes };
  found.mechanism = { level: "seen", codes: mechanisms.codes, names: mechanisms.names };
  if (header.verdicts.length) {
    const codes = Uint8Array.from(header.judged, ([verdict]) => header.verdicts.indexOf(verdict));
    found.verdict = { level: "judged", codes, names: header.verdicts };
  }
  return found;
}

/** Everything the page knows of cells. Cells are numbered from 0, block by block. */
export async function readData() {
  const [header, columns] = await unpacked();
  const blocks = blocksOf(header, columns);
  for (const name of ["seen", "judged", "evidence", "time"]) columns[name] = undone(columns[name], blocks);
  const sizes = columns.text_sizes;
  const textStarts = new Uint32Array(sizes.length + 1);
  for (let place = 0; place < sizes.length; place += 1) textStarts[place + 1] = textStarts[place] + sizes[place];
  return {
    ...header,
    columns,
    blocks,
    count: blocks.start[blocks.count],
    dimensions: dimensions(header, blocks),
    isMeasured: Uint8Array.from(header.outcomes, (outcome) => (header.measured.includes(outcome) ? 1 : 0)),
    text(index) {
      const lines = columns.text_lines.subarray(textStarts[index], textStarts[index + 1]);
      return Array.from(lines, (line) => header.lines[line]).join("\n");
    },
  };
}
