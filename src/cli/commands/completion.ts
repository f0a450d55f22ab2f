import { Argument, type Command } from "commander";
import { examples, type CliCommand } from "../command.js";
import { completionScript, SHELLS, type Shell } from "../completion/completion-script.js";

export const completion: CliCommand = {
  define: (program: Command, { io, action }) =>
    program
      .command("completion")
      .description("Print a completion script for a shell")
      .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth completion bash >> ~/.bashrc", "bash"],
          ['mcp-oauth completion zsh > "${fpath[1]}/_mcp-oauth"', "zsh"],
          ["mcp-oauth completion fish > ~/.config/fish/completions/mcp-oauth.fish", "fish"],
        ),
      )
      .action(action((shell: Shell) => io.print(completionScript(program, shell)))),
};
