import type { Command } from "commander";
import { examples, type CliCommand } from "../command.js";
import type { InitOptions } from "../init/run-init.js";

export const init: CliCommand = {
  define: (program: Command, { io, action }) =>
    program
      .command("init")
      .summary("Add OAuth to the mcp-framework project in this folder")
      .description(
        "Add OAuth to the mcp-framework project in this folder. Also repairs and upgrades the output of the " +
          "framework's own mcp create --oauth generates, which does not compile.",
      )
      .option("--file <path>", "the file that starts the server", "src/index.ts")
      .option("-y, --yes", "write without asking")
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth init", "show the changes, and ask"],
          ["mcp-oauth init --yes", "write it"],
          [
            "mcp create notes --http --oauth && cd notes && npx mcp-framework-oauth init",
            "after the framework's own command",
          ],
        ),
      )
      .action(
        action(async (options: InitOptions) => {
          const { runInit } = await import("../init/run-init.js");
          return runInit(options, io);
        }),
      ),
};
