import type { JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { systemClock } from "../../core/clock.js";
import { usageError } from "../cli-error.js";
import { examples, type CliCommand } from "../command.js";
import { readDevServerFile } from "../dev-server-file.js";
import type { CliIo } from "../terminal/io.js";

interface TokenOptions {
  readonly sub: string;
  readonly clientId: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly lifetime: number;
  readonly expired?: boolean;
  readonly wrongAudience?: boolean;
  readonly wrongKey?: boolean;
  readonly issuerKey?: string;
  readonly issuer?: string;
}

export const token: CliCommand = {
  define: (program, { io, action }) =>
    program
      .command("token")
      .summary("Mint a token for the development server, for curl")
      .description(
        "Mint an access token like those of the authorization server of mcp-oauth dev, valid or\n" +
          "deliberately invalid. Only the token is printed on standard output.",
      )
      .option("--sub <subject>", "subject", "dev-user")
      .option("--client-id <id>", "client id", "mcp-oauth-cli")
      .option("--scope <scopes>", "scopes, separated by spaces (default: all scopes of the server)")
      .option("--resource <url>", "resource, the audience (default: the project's server)")
      .option("--lifetime <seconds>", "lifetime in seconds", parseSeconds, 3600)
      .option("--expired", "mint an expired token")
      .option("--wrong-audience", "mint a token for another service")
      .option("--wrong-key", "mint a token signed with an unknown key")
      .option("--issuer-key <file>", "sign with this private JWK, instead of the server's key")
      .option("--issuer <url>", "the issuer of that key")
      .addHelpText(
        "after",
        examples(
          [
            'curl -H "Authorization: Bearer $(mcp-oauth token)" http://localhost:8080/mcp',
            "as dev-user",
          ],
          ["mcp-oauth token --sub alice --scope notes:use", "as alice, with fewer scopes"],
          ["mcp-oauth token --expired | mcp-oauth explain --env .env", "see why it is refused"],
        ),
      )
      .action(
        action(async (options: TokenOptions) => {
          const signer = findSigner(options, io);
          const { mintToken } = await import("../token/mint.js");
          const scopes = options.scope?.split(/\s+/).filter((scope) => scope !== "");
          io.print(
            await mintToken(signer.jwk, {
              issuer: signer.issuer,
              resource: signer.resource,
              subject: options.sub,
              clientId: options.clientId,
              scopes: scopes ?? signer.scopes,
              lifetimeSeconds: options.lifetime,
              expired: options.expired ?? false,
              wrongAudience: options.wrongAudience ?? false,
              wrongKey: options.wrongKey ?? false,
              now: systemClock(),
            }),
          );
        }),
      ),
};

interface Signer {
  readonly jwk: JsonWebKey;
  readonly issuer: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

function findSigner({ issuerKey, issuer, resource }: TokenOptions, io: CliIo): Signer {
  if (issuerKey === undefined) {
    if (issuer !== undefined) {
      throw usageError("--issuer needs --issuer-key.", "Use a file with the issuer's private JWK.");
    }
    const { jwk, issuer: running, resources, scopes } = readDevServerFile(io.cwd);
    return { jwk: jwk, issuer: running, resource: resource ?? resources[0], scopes };
  }
  if (issuer === undefined || resource === undefined) {
    throw usageError(
      "--issuer-key needs --issuer and --resource.",
      "Set the issuer of the key, and the audience of the token.",
    );
  }
  return { jwk: readJwk(issuerKey, io), issuer, resource, scopes: [] };
}

function readJwk(file: string, io: CliIo): JsonWebKey {
  const cure = "Use a file with one private key as JWK.";
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(resolve(io.cwd, file), "utf8"));
  } catch {
    // The parser's message would quote the key.
    throw usageError(`${file} cannot be read as JSON.`, cure);
  }
  if (typeof value !== "object" || value === null || !("kty" in value)) {
    throw usageError(`${file} does not contain a JWK.`, cure);
  }
  return value as JsonWebKey;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("Use a whole number of seconds above 0.");
}
