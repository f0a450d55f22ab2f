import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { createRequire } from "node:module";

/*
 * One line of the table. `ours`, `builtIn` and `rival` are texts with their units; whether the aim
 * is reached is computed from the figures by the benchmark, never written down.
 */
export function row({ what, builtIn = "–", rival = "–", ours, aim, reached }) {
  if (typeof reached !== "boolean") throw new TypeError(`"${what}" must say whether it is reached`);
  return { what, builtIn, rival, ours, aim, reached };
}

const require = createRequire(import.meta.url);
const RIVALS = [
  "mcp-framework",
  "@modelcontextprotocol/sdk",
  "fast-jwt",
  "aws-jwt-verify",
  "jsonwebtoken",
  "jose",
  "express",
];

function versionOf(name) {
  // Not every package exports its package.json.
  for (const base of require.resolve.paths(name)) {
    try {
      return require(`${base}/${name}/package.json`).version;
    } catch {
      // The next one.
    }
  }
  return "?";
}

/** Where and when the figures were measured. */
export function machine() {
  const [first] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(),
    cpu: `${first?.model.trim() ?? "unknown"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    versions: Object.fromEntries(RIVALS.map((name) => [name, versionOf(name)])),
  };
}

function commitOf() {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");

/** Rows as a Markdown table, columns padded as Prettier wants them. */
export function table(headings, lines) {
  const all = [headings, ...lines].map((line) => line.map(cell));
  const widths = headings.map((_, index) =>
    Math.max(3, ...all.map((line) => [...line[index]].length)),
  );
  const pad = (text, index) => text + " ".repeat(widths[index] - [...text].length);
  const print = (line) => `| ${line.map(pad).join(" | ")} |`;
  const [first, ...rest] = all;
  return [
    print(first),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...rest.map(print),
  ].join("\n");
}

export const rowsTable = (rows) =>
  table(
    ["what", "built-in provider", "best rival", "ours", "aim", "reached"],
    rows.map(({ what, builtIn, rival, ours, aim, reached }) => [
      what,
      builtIn,
      rival,
      ours,
      aim,
      reached ? "yes" : "**no**",
    ]),
  );

/** The page that a full run writes. */
export function resultsPage({ machine: where, rows, details, seconds, growth }) {
  const versions = Object.entries(where.versions).map(([name, version]) => `${name} ${version}`);
  return `# Results of the last full run

<!-- Made by \`npm run bench\`; do not edit. What the lines mean: performance.md. -->

${where.date}, commit ${where.commit}, ${where.cpu}, Node ${where.node} on ${where.system}; ${Math.round(seconds / 60)} minutes.
Compared with ${versions.join(", ")}.

${rowsTable(rows)}

## All figures

${details.map(({ name, text }) => `### ${name}\n\n${text}`).join("\n\n")}

## How cost grows

${growth.map(({ file, title }) => `![${title}](growth/${file})`).join("\n\n")}
`;
}
