import { ConfigurationError } from "../../core/errors.js";
import type { ParsedOptions } from "../options.js";
import type { IntrospectionOptions, IntrospectionSettings } from "../introspection.js";
import { PRESENT_BUT_UNDEFINED } from "../undefined-option.js";
import { parseUrl, requireHttps } from "./url-rules.js";

/**
 * Rules for the introspection endpoint of an entry.
 *
 * @param written The options of the entry before defaults were filled in.
 * @throws ConfigurationError
 */
export function checkIntrospection(
  entry: { readonly type: string; readonly introspection?: IntrospectionSettings | undefined },
  entryName: string,
  options: ParsedOptions,
  written: IntrospectionOptions | undefined,
): void {
  const introspection = entry.introspection ?? options.introspection;
  const name = entry.introspection === undefined ? "introspection" : `${entryName}.introspection`;
  if (introspection === undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_INTROSPECTION_MISSING",
      `${entryName}.introspection is missing; type "${entry.type}" needs ` +
        "{ clientId, clientSecret } of a client that may introspect.",
    );
  }
  if (introspection.endpoint !== undefined) {
    const url = parseUrl(
      introspection.endpoint,
      `${name}.endpoint`,
      "ERR_OAUTH_INTROSPECTION_ENDPOINT",
    );
    requireHttps(url, `${name}.endpoint`, "ERR_OAUTH_HTTP_INTROSPECTION");
  }
  checkCredentials(introspection, name, written ?? {});
  if (written?.cacheTTL !== undefined && written.cacheSeconds !== undefined) {
    throw contradiction(
      `${name}: cacheTTL (milliseconds) and cacheSeconds set the same value; keep cacheSeconds.`,
    );
  }
  const presents = introspection.tls?.cert !== undefined || options.fetch !== undefined;
  if (introspection.authMethod === "tls_client_auth" && !presents) {
    throw new ConfigurationError(
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      `${name}.tls is missing, which tls_client_auth needs: { cert, key } as PEM.`,
    );
  }
  if (introspection.tls !== undefined && options.fetch !== undefined) {
    throw contradiction(
      `${name}.tls has no effect with your own fetch; present the certificate in that function and remove tls.`,
    );
  }
}

/** The members that each method needs. */
const NEEDS: Readonly<
  Record<IntrospectionSettings["authMethod"], readonly (keyof IntrospectionSettings)[]>
> = {
  client_secret_basic: ["clientId", "clientSecret"],
  client_secret_post: ["clientId", "clientSecret"],
  private_key_jwt: ["clientId", "privateKey"],
  tls_client_auth: ["clientId"],
  bearer: ["token"],
};

function checkCredentials(
  introspection: IntrospectionSettings,
  name: string,
  written: IntrospectionOptions,
): void {
  const { authMethod: method, signedResponse, tls } = introspection;
  const missing = NEEDS[method].filter((member) => introspection[member] === undefined);
  if (missing.length > 0) {
    const meant =
      method !== "client_secret_basic"
        ? undefined
        : introspection.privateKey !== undefined
          ? "private_key_jwt"
          : introspection.token !== undefined
            ? "bearer"
            : tls?.cert !== undefined
              ? "tls_client_auth"
              : undefined;
    const unset = missing.find((member) => Object.hasOwn(written, member));
    if (meant === undefined && unset !== undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
        `${name}.${unset} ${PRESENT_BUT_UNDEFINED}`,
      );
    }
    throw new ConfigurationError(
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      `${name}.${missing.join(` and ${name}.`)} ${missing.length > 1 ? "are" : "is"} missing, which ` +
        `${method} needs${meant === undefined ? "." : `; did you mean authMethod: "${meant}"?`}`,
    );
  }
  for (const [member, of] of [
    ["clientSecret", "client_secret_basic"],
    ["privateKey", "private_key_jwt"],
    ["token", "bearer"],
  ] as const) {
    if (introspection[member] !== undefined && !NEEDS[method].includes(member)) {
      throw contradiction(
        `${name}.${member} is not used by authMethod "${method}"; remove it, or use "${of}".`,
      );
    }
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw contradiction(`${name}.tls needs cert and key together.`);
  }
  if (signedResponse && introspection.clientId === undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      `${name}.signedResponse needs ${name}.clientId, the audience of signed answers.`,
    );
  }
}

function contradiction(message: string): ConfigurationError {
  return new ConfigurationError("ERR_OAUTH_CONTRADICTION", message);
}
