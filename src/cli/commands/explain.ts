import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../core/clock.js";
import type { Settings } from "../../options/settings.js";
import { EXIT, usageError, type ExitStatus } from "../cli-error.js";
import { examples, type CliCommand } from "../command.js";
import type { CliIo } from "../terminal/io.js";
import { printableJson } from "../terminal/printable.js";
import { startProgress } from "../terminal/progress.js";
import { readToken } from "../read-token.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

interface ExplainOptions {
  readonly env?: string;
  readonly issuer?: string;
  readonly resource?: string;
  readonly audience?: readonly string[];
  readonly jwksUri?: string;
  readonly publicKey?: string;
  readonly allowJwtTyp?: boolean;
  readonly json?: boolean;
}

export const explain: CliCommand = {
  define: (program, { io, action }) =>
    program
      .command("explain")
      .summary("Explain why a server accepts or refuses a token")
      .description(
        "Explain why a server accepts or refuses a token: the verdict of the server's own\n" +
          "validator, the result of every check, and the likely cause. Without --env or --issuer,\n" +
          "the token is only decoded. The signature is never shown. The token is sent only to the\n" +
          "configured introspection endpoint, and only if it cannot be verified\n" +
          "locally. The exit status is 1 when the token is not accepted.",
      )
      .argument(
        "[token]",
        "the token; if omitted or -, read from standard input, with a prompt at a terminal",
      )
      .option("--env <file>", "a file with the server's environment variables")
      .option("--issuer <url>", "the authorization server, instead of --env")
      .option("--resource <url>", "the server's own URL, which aud must contain")
      .option("--audience <value...>", "other accepted values of aud")
      .option("--jwks-uri <url>", "URL of the key set, if it cannot be discovered")
      .option("--public-key <file>", "the issuer's public key, as PEM or JWK")
      .option("--allow-jwt-typ", "accept typ JWT, as validation.allowJwtTyp does")
      .option("--json", "print the explanation as JSON")
      .addHelpText(
        "after",
        examples(
          ["pbpaste | mcp-oauth explain --env .env", "keeps the token out of the shell's history"],
          [
            "mcp-oauth explain --issuer https://auth.example.com --resource https://mcp.example.com/mcp",
            "prompt for the token",
          ],
          ["mcp-oauth token | mcp-oauth explain", "decode it only"],
        ),
      )
      .action(
        action((argument: string | undefined, flags: ExplainOptions) =>
          explainArgument(argument, flags, io),
        ),
      ),
};

async function explainArgument(
  argument: string | undefined,
  flags: ExplainOptions,
  io: CliIo,
): Promise<ExitStatus> {
  const options = await optionsFrom(flags, io);
  const token = await readToken(argument, io);
  const now = systemClock();
  const report = await import("../explain/report.js");
  if (options === undefined) {
    const { decodeToken } = await import("../../jose/decode-token.js");
    const decoded = decodeToken(token);
    if (flags.json) io.print(printableJson(decoded));
    else io.print(report.formatToken(decoded, io.style, now).slice(1).join("\n"));
    io.note("For a verdict, set --env, or --issuer and --resource.");
    return EXIT.ok;
  }
  const { explainToken, inVariables } = await import("../explain/explain-token.js");
  const progress = startProgress(io.stderr, "asking the issuer");
  const found = await explainToken(token, options, systemClock).finally(() => progress.stop());
  const explanation = flags.env === undefined ? found : inVariables(found);
  io.print(
    flags.json
      ? printableJson(report.explanationJson(explanation))
      : report.formatExplanation(explanation, io.style, now),
  );
  return explanation.verdict === "accepted" ? EXIT.ok : EXIT.failed;
}

async function optionsFrom(flags: ExplainOptions, io: CliIo): Promise<Settings | undefined> {
  if (flags.env !== undefined) {
    if (flags.issuer !== undefined) {
      throw usageError("--env and --issuer contradict each other.", "Use one of them.");
    }
    const { checkedOptionsFromEnv, readEnvFile } = await import("../environment.js");
    return checkedOptionsFromEnv(readEnvFile(flags.env, io));
  }
  const { issuer } = flags;
  if (issuer === undefined) return undefined;
  const resource =
    flags.resource ?? flags.audience?.find((value) => parseAbsoluteUrl(value) !== undefined);
  if (resource === undefined) {
    throw usageError(
      "--issuer needs --resource.",
      "Set it to the server's own URL, which aud must contain.",
    );
  }
  const [{ parseOptions }, { createOutboundFetch }] = await Promise.all([
    import("../../options/parse.js"),
    import("../../net/guarded-fetch.js"),
  ]);
  return parseOptions({
    resource,
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      ...(flags.audience !== undefined && { audience: flags.audience }),
      ...(flags.jwksUri !== undefined && { jwksUri: flags.jwksUri }),
      ...(flags.publicKey !== undefined && { publicKey: readKey(flags.publicKey, io) }),
      ...(flags.allowJwtTyp !== undefined && { allowJwtTyp: flags.allowJwtTyp }),
    },
    // The issuer was typed by the user, who may well be in its private network.
    fetch: createOutboundFetch({ allowPrivateAddresses: true, env: io.env }),
  });
}

/** PEM as text, or JSON as a JWK. */
function readKey(file: string, io: CliIo): unknown {
  let text: string;
  try {
    text = readFileSync(resolve(io.cwd, file), "utf8").trim();
  } catch {
    throw usageError(`${file} cannot be read.`, "Use a file with a public key as PEM or JWK.");
  }
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`${file} is not JSON.`, "Use a file with a public key as PEM or JWK.");
  }
}
