import type { Command } from "commander";
import { parsePort } from "../parse-port.js";
import { examples, type CliCommand } from "../command.js";
import type { DevOptions } from "../dev/run-dev.js";

export const dev: CliCommand = {
  define: (program: Command, { io, action }) =>
    program
      .command("dev")
      .description("Run this project with a development authorization server")
      .option("--port <number>", "port of the MCP server (default: PORT, or 8080)", parsePort)
      .option("--issuer-port <number>", "port of the authorization server", parsePort, 9000)
      .option("--no-watch", "do not rebuild and restart when a source changes")
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth dev", "the server, with two test users"],
          ["mcp-oauth dev --port 3000", "on another port"],
        ),
      )
      .action(
        action(async (options: DevOptions) => {
          const { runDev } = await import("../dev/run-dev.js");
          const stop = new AbortController();
          const abort = () => stop.abort();
          for (const signal of SIGNALS) process.once(signal, abort);
          try {
            await runDev(options, io, stop.signal);
          } finally {
            for (const signal of SIGNALS) process.off(signal, abort);
          }
        }),
      ),
};

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
