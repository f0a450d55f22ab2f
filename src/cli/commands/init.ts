import type { Command } from "commander";
import { examples, type CliCommand } from "../command.js";
import type { InitOptions } from "../init/run-init.js";

export const init: CliCommand = {
  define: (program: Command, { io, action }) =>
    program
      .command("init")
      .description("Put OAuth into the mcp-framework project of this folder")
      .option("--file <path>", "the file that starts the server", "src/index.ts")
      .option("-y, --yes", "write without asking")
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth init", "show what would change, and ask"],
          ["mcp-oauth init --yes", "write it"],
        ),
      )
      .action(
        action(async (options: InitOptions) => {
          const { runInit } = await import("../init/run-init.js");
          return runInit(options, io);
        }),
      ),
};
