/** One cell by its number: where it is and what is known of it. */

/** The block that a cell is in. */
export function blockOf(data, cell) {
  const { start } = data.blocks;
  let low = 0;
  let high = data.blocks.count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle] <= cell) low = middle;
    else high = middle;
  }
  return low;
}

export function cellAt(data, cell) {
  const block = blockOf(data, cell);
  const environment = data.environments[data.blocks.environment[block]];
  const [scenarios, helpers] = data.grids[data.blocks.grid[block]];
  const place = cell - data.blocks.start[block];
  const lane = data.axes.lane[data.blocks.lane[block]];
  const scenario = data.axes.scenario[scenarios[place]];
  const helper = data.axes.helper[helpers[place]];
  const [outcome, mechanism, detail, close, reactor, loop, policy, isolated] = data.seen[data.columns.seen[cell]];
  const [verdict, agreeing, disagreeing] = data.judged[data.columns.judged[cell]];
  const [exception, stacks, output] = data.evidence[data.columns.evidence[cell]];
  return {
    cell, environment, lane, scenario, helper, outcome, mechanism, detail, close, verdict, agreeing, disagreeing,
    id: `${environment.id}/${lane}/${scenario}/${helper}`,
    facts: { reactor, loop, policy },
    needs: data.needs[data.blocks.needs[block]],
    isolated: isolated === 1,
    time: data.columns.time[cell],
    evidence: { exception, stacks, output },
  };
}

/** The number of a cell by the parts of its id; -1 where there is none. */
export function cellIn(data, environment, lane, scenario, helper) {
  const [laneCode, scenarioCode, helperCode] = [["lane", lane], ["scenario", scenario], ["helper", helper]]
    .map(([axis, name]) => data.axes[axis].indexOf(name));
  for (let block = 0; block < data.blocks.count; block += 1) {
    if (data.blocks.environment[block] !== environment || data.blocks.lane[block] !== laneCode) continue;
    const [scenarios, helpers] = data.grids[data.blocks.grid[block]];
    const place = scenarios.findIndex((code, index) => code === scenarioCode && helpers[index] === helperCode);
    if (place >= 0) return data.blocks.start[block] + place;
  }
  return -1;
}

export function cellById(data, id) {
  const [environment, ...rest] = id.split("/");
  const number = data.environments.findIndex((each) => each.id === environment);
  return rest.length === 3 && number >= 0 ? cellIn(data, number, ...rest) : -1;
}

/** The same cell with each release of Scrapy: [release, number of the cell or -1], oldest first. */
export function neighbours(data, here) {
  return data.axes.scrapy.map((label, scrapy) => {
    const number = data.environments.findIndex((each) => each.scrapy === scrapy
      && ["platform", "python", "profile"].every((axis) => each[axis] === here.environment[axis]));
    return [label, number < 0 ? -1 : cellIn(data, number, here.lane, here.scenario, here.helper)];
  });
}
