// One benchmark in a process of its own: node --expose-gc benchmark.mjs <name> [--quick]
const [name, ...flags] = process.argv.slice(2);
const { run } = await import(`./benchmarks/${name}.mjs`);
const { rows = [], text = "", growth = [] } = await run({ quick: flags.includes("--quick") });
if (process.send === undefined) console.log(rows, `\n${text}`);
else await new Promise((resolve) => process.send({ rows, text, growth }, resolve));
process.exit();
