import { logger } from "mcp-framework";
import { runDemo } from "./run.js";
import { serveDemo } from "./serve.js";

// The framework writes several lines per request, which would bury what is to be seen.
logger.info = () => undefined;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.argv.includes("--serve")) {
  await serveDemo(print);
} else {
  // The transcript says by itself why something was refused.
  logger.warn = () => undefined;
  await runDemo(print);
  // mcp-framework keeps signal handlers and its server's promise; the demo is over.
  process.exit(0);
}
