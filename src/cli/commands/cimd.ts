import { Argument } from "commander";
import type { CimdOptions } from "../cimd/run-cimd.js";
import { examples, type CliCommand } from "../command.js";

const CREATE = [
  "mcp-oauth cimd create --client-id https://app.example.com/oauth-client.json",
  '--name "Notes app" --redirect-uri http://127.0.0.1/callback --out oauth-client.json',
].join(" ");

export const cimd: CliCommand = {
  define: (program, { io, action }) =>
    program
      .command("cimd")
      .summary("Create or validate a client id metadata document")
      .description(
        "Create or validate a client id metadata document: a public JSON document whose https URL\n" +
          "is the client id of your application, so that it needs no registration. create prints a\n" +
          "document, or writes it to a new file. validate checks a file, or fetches a URL as an\n" +
          "authorization server does. The exit status is 1 when authorization servers would refuse the\n" +
          "document.",
      )
      .addArgument(new Argument("<action>", "what to do").choices(["create", "validate"]))
      .argument("[document]", "validate: the URL or the file")
      .option("--client-id <url>", "the URL at which the document is served")
      .option("--name <name>", "create: the name that users see")
      .option("--redirect-uri <uri...>", "create: where authorization servers send users back")
      .option("--client-uri <url>", "create: the application's home page")
      .option("--logo-uri <url>", "create: the application's logo")
      .option("--jwks-uri <url>", "create: public keys, to authenticate with private_key_jwt")
      .option("--scope <scopes>", "create: scopes that the application may request")
      .option("--out <file>", "create: write to this file instead of standard output")
      .option("--force", "create: overwrite the file")
      .option("--json", "validate: print the findings as JSON")
      .addHelpText(
        "after",
        examples(
          [CREATE, "write a document"],
          ["mcp-oauth cimd validate https://app.example.com/oauth-client.json", "check it online"],
        ),
      )
      .action(
        action(
          async (
            what: "create" | "validate",
            document: string | undefined,
            options: CimdOptions,
          ) => {
            const { runCreate, runValidate } = await import("../cimd/run-cimd.js");
            return what === "create" ? runCreate(options, io) : runValidate(document, options, io);
          },
        ),
      ),
};
