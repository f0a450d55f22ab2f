import { Option, type Command } from "commander";
import { parsePort } from "../parse-port.js";
import { examples, type CliCommand } from "../command.js";
import type { CreateOptions } from "../scaffold/create-plan.js";
import { PROVIDERS } from "../scaffold/providers.js";
import { templateNames } from "../scaffold/template.js";

export const create: CliCommand = {
  define: (program: Command, { io, action }) =>
    program
      .command("create")
      .description("Create an MCP server that requires access tokens from the start")
      .argument("[name]", 'project name ("." for this folder)')
      .option("--http", "HTTP Stream transport (default)")
      .option("--sse", "SSE transport")
      .option("--cors", "let pages of any origin use the server from a browser")
      .option("--port <number>", "port of the server", parsePort)
      .option("--oauth", "OAuth 2.1 (always on; accepted for compatibility with mcp create)")
      .option("--no-install", "do not install and build")
      .option("--no-example", "no example tool")
      .addOption(
        new Option("--provider <name>", "the authorization server").choices(
          PROVIDERS.map(({ id }) => id),
        ),
      )
      .addOption(
        new Option("--token <kind>", "the type of the access tokens").choices([
          "jwt",
          "introspection",
        ]),
      )
      .addOption(new Option("--template <name>", "the template").choices(templateNames()))
      .option("--issuer <url>", "issuer of the authorization server")
      .option("--resource <url>", "address of this server, as clients write it")
      .option("-y, --yes", "accept the defaults without asking")
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth create my-server", "answer a few questions"],
          ["mcp-oauth create my-server --provider embedded", "with its own development server"],
          [
            "mcp-oauth create my-server --provider auth0 --issuer https://your-tenant.auth0.com/",
            "for Auth0",
          ],
          ["mcp-oauth create my-server --template redis --yes", "two processes and a Redis"],
        ),
      )
      .action(
        action(async (name: string | undefined, options: CreateOptions) => {
          const { runCreate } = await import("../scaffold/run-create.js");
          return runCreate(name, options, io);
        }),
      ),
};
