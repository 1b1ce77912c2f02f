/** How to run a cell again: the command, a script for uv, and the text of an issue. */

function posixQuoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`;
}

function powershellQuoted(word) {
  return /^[\w+=:./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}

export function commandOf(data, id, shell) {
  const quoted = shell === "powershell" ? powershellQuoted : posixQuoted;
  return data.again.words.map((word) => quoted(word === "{cell}" ? id : word)).join(" ");
}

function pythonOf(data, environment) {
  const name = data.axes.python[environment.python];
  return name.startsWith("pypy") ? { uv: `pypy${name.slice(4)}`, version: name.slice(4) } : { uv: name, version: name };
}

/** Packages of the environment, those that the lane or the scenario needs beside Scrapy included. */
function packagesOf(data, here) {
  const { environment } = here;
  const added = (environment.overlays ?? []).filter(({ name }) => here.needs.includes(name));
  const numbers = [...(environment.packages ?? []), ...added.flatMap((overlay) => overlay.packages)];
  return [...new Set(numbers.map((number) => data.packages[number]))].sort();
}

/** Why there is no script; null where there is one. */
export function noScript(data, here) {
  const { version } = pythonOf(data, here.environment);
  if (!data.again.scenarios[here.scenario] || !data.again.lanes[here.lane]) return "The scenario or lane is not one of those that are shipped: the command runs it again.";
  if (!here.environment.packages?.length) return "There is no environment with packages to run it in.";
  if (/^3\.[67]$/.test(version)) return `uv runs no scripts on Python ${version}: the command runs it again.`;
  return null;
}

const scriptOf = (data, here) => {
  const { scenarios, lanes, kit, script } = data.again;
  const { kind, source } = scenarios[here.scenario];
  const python = pythonOf(data, here.environment);
  const batch = {
    batch: 0, settings: lanes[here.lane].settings, reactorless: lanes[here.lane].reactorless, path: [], own: false,
    program: kind === "program", places: kind === "place" ? [here.scenario] : [], deadlines: data.again.deadlines,
    cells: [[here.scenario, here.helper]],
  };
  const values = {
    CELL: here.id, SEEN: here.outcome + (here.mechanism ? `: ${here.mechanism}` : ""), PYTHON: python.uv,
    NAME: JSON.stringify(here.scenario), SOURCE: JSON.stringify(source), BATCH: JSON.stringify(JSON.stringify(batch)),
    KIT: kit.replace(/.{1,100}/g, "$&\n").trimEnd(),
  };
  const body = script.replace(/@@([A-Z]+)@@/g, (_, name) => values[name].replaceAll('"""', "'''"));
  const head = ["# /// script", `# requires-python = "==${python.version}.*"`, "# dependencies = [",
    ...packagesOf(data, here).map((name) => `#   ${JSON.stringify(name)},`), "# ]", "# ///"];
  return `${head.join("\n")}\n${body}`;
};

/** The script alone, or with what puts it into a file and starts it in a shell. */
export function scriptFor(data, here, shell) {
  const script = scriptOf(data, here);
  const start = `uv run --python ${pythonOf(data, here.environment).uv} again.py`;
  if (shell === "posix") return `cat > again.py <<'END_OF_SCRIPT'\n${script}END_OF_SCRIPT\n${start}\n`;
  if (shell === "powershell") return `@'\n${script}'@ | Set-Content -Encoding utf8 again.py\n${start}\n`;
  return script;
}

export function issueText(data, here) {
  const facts = Object.entries(here.facts).filter(([, value]) => value).map(([name, value]) => `${name} \`${value}\``);
  const fence = "~~~~";
  const exception = data.text(here.evidence.exception || here.evidence.stacks || here.evidence.output);
  return [
    `### ${here.helper} in ${here.scenario}: ${here.outcome}${here.mechanism ? ` (${here.mechanism})` : ""}`, "",
    `Cell: \`${here.id}\``, `Run: \`${data.run.id}\`, plan \`${data.run.plan}\``,
    here.verdict ? `Verdict: ${here.verdict}${here.disagreeing.length ? `, against ${here.disagreeing.join(", ")}` : ""}` : null,
    facts.length ? `Facts: ${facts.join(", ")}` : null,
    here.detail ? `Message: ${here.detail}` : null, "",
    "What was expected:", "", "To run it again:", "", fence, commandOf(data, here.id, "posix"), fence, "",
    exception ? [fence, exception.replaceAll(fence, "~ ~ ~ ~"), fence, ""].join("\n") : null,
    "<details><summary>Packages</summary>", "", fence, packagesOf(data, here).join("\n"), fence, "", "</details>", "",
  ].filter((line) => line !== null).join("\n");
}
