import { logger } from "mcp-framework";
import { runDemo } from "./run.js";
import { serveDemo } from "./serve.js";

// The framework logs several lines per request, which would hide the transcript.
logger.info = () => undefined;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.argv.includes("--serve")) {
  await serveDemo(print);
} else {
  // The transcript already shows the reason of each refusal.
  logger.warn = () => undefined;
  await runDemo(print);
  // mcp-framework's signal handlers and server promise would keep the process alive.
  process.exit(0);
}
