import { logger } from "mcp-framework";
import { runDemo } from "./run.js";
import { serveDemo } from "./serve.js";

// The framework writes several lines per request; a transcript needs the stage for itself.
logger.info = () => undefined;
logger.warn = () => undefined;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.argv.includes("--serve")) {
  await serveDemo(print);
} else {
  await runDemo(print);
  // mcp-framework keeps signal handlers and its server's promise; the demo is over.
  process.exit(0);
}
