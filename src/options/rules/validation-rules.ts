import { ConfigurationError } from "../../core/errors.js";
import { isPem } from "../../keys/static-keys.js";
import { checkIntrospection } from "./introspection-rules.js";
import type { OAuthAuthProviderOptions, ParsedOptions } from "../options.js";
import { hasIssuer, algorithmsOf, issuerOf, validationEntries } from "../settings.js";
import type { ParsedJwt, ParsedValidation, SignatureOptions } from "../validation.js";
import { checkIssuer, parseUrl, requireHttps } from "./url-rules.js";

/**
 * Rules between `validation`, `introspection` and `issuers`.
 *
 * @throws ConfigurationError with the entry, for example `validation[1].secret`
 */
export function checkValidation(options: ParsedOptions, written: OAuthAuthProviderOptions): void {
  const named = validationEntries(options);
  const asWritten = [written.validation ?? []].flat();
  named.forEach(({ entry, name, index }) => {
    checkEntry(entry, name, options, { ...written, ...asWritten[index] });
  });
  const entries = named.map(({ entry }) => entry);
  const usesIntrospection = entries.some(
    (entry) =>
      (entry.type === "introspection" || entry.type === "hybrid") &&
      entry.introspection === undefined,
  );
  if (options.introspection !== undefined && !usesIntrospection) {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      'introspection is set, but no entry of validation uses it; set validation.type to "introspection" or ' +
        '"hybrid", add { type: "introspection" } to the list, or remove introspection.',
    );
  }
  checkIssuersOnce(entries, options);
  checkOpaqueOnce(entries);
}

function checkEntry(
  entry: ParsedValidation,
  name: string,
  options: ParsedOptions,
  written: SignatureOptions & Pick<OAuthAuthProviderOptions, "introspection">,
): void {
  switch (entry.type) {
    case "jwt":
      return checkJwt(entry, name, `"${options.resource}"`, written);
    case "hybrid":
      checkJwt(entry, name, `"${options.resource}"`, written);
      return checkIntrospection(entry, name, options, written.introspection);
    case "introspection":
      if (entry.issuer !== undefined) checkIssuer(entry.issuer, `${name}.issuer`);
      checkAudience(entry.audience, name, `"${options.resource}"`);
      return checkIntrospection(entry, name, options, written.introspection);
    case "custom":
      return checkAudience(entry.audience, name, `"${options.resource}"`);
    case "static":
      // Checked by its validator, whose errors contain no token.
      return;
  }
}

/**
 * Rules for one entry for JWTs.
 *
 * @param written The options of the entry before defaults were filled in.
 * @throws ConfigurationError
 */
export function checkJwt(
  jwt: Omit<ParsedJwt, "type" | "introspection">,
  name: string,
  resource: string,
  written: SignatureOptions,
): void {
  if (jwt.issuer !== undefined) checkIssuer(jwt.issuer, `${name}.issuer`);
  if (jwt.jwksUri !== undefined) {
    const url = parseUrl(jwt.jwksUri, `${name}.jwksUri`, "ERR_OAUTH_JWKS_URI");
    requireHttps(url, `${name}.jwksUri`, "ERR_OAUTH_HTTP_JWKS");
  }
  const sources = [jwt.jwksUri, jwt.publicKey, jwt.secret].filter((key) => key !== undefined);
  if (sources.length > 1) {
    throw new ConfigurationError(
      jwt.secret === undefined ? "ERR_OAUTH_CONTRADICTION" : "ERR_OAUTH_HMAC_WITH_KEY_SET",
      `${name}: set only one of jwksUri, publicKey and secret. With a secret and public keys, ` +
        "an attacker could sign with a public key as the secret (RFC 8725 §2.1).",
    );
  }
  const hmac = jwt.algorithms?.filter((algorithm) => algorithm.startsWith("HS")) ?? [];
  if (jwt.secret === undefined && hmac.length > 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_HMAC_WITH_KEY_SET",
      `${name}.algorithms lists ${hmac.join(", ")} without ${name}.secret: HMAC is never ` +
        "checked against a key set. Remove it, or set the secret.",
    );
  }
  if (jwt.secret !== undefined && hmac.length !== (jwt.algorithms?.length ?? 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      `${name}.algorithms: with a secret only HS256, HS384 and HS512 can be used.`,
    );
  }
  const ofFunctions = (["secretOverlapSeconds", "secretTtlSeconds"] as const).find(
    (option) => written[option] !== undefined,
  );
  if (ofFunctions !== undefined && typeof jwt.secret !== "function") {
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      `${name}.${ofFunctions} needs a ${name}.secret that can change: pass a function that returns it.`,
    );
  }
  if (jwt.secret !== undefined && typeof jwt.secret !== "function") {
    checkSecret(jwt.secret, algorithmsOf(jwt), `${name}.secret`);
  }
  checkAudience(jwt.audience, name, resource);
}

function checkSecret(
  secret: string | Uint8Array,
  algorithms: readonly string[],
  name: string,
): void {
  if (isPem(secret)) {
    throw new ConfigurationError(
      "ERR_OAUTH_SECRET_TYPE",
      `${name} is a PEM key or certificate, whose text may be public. Set publicKey to the public ` +
        "key instead, or generate a secret with: openssl rand -base64 48",
    );
  }
  const bytes = typeof secret === "string" ? Buffer.byteLength(secret) : secret.byteLength;
  for (const algorithm of algorithms) {
    const needed = Number(algorithm.slice(2)) / 8;
    if (bytes >= needed) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_SECRET_TOO_SHORT",
      `${name} has ${bytes} bytes; ${algorithm} needs at least ${needed} ` +
        "(RFC 7518 §3.2). Generate one with: openssl rand -base64 48",
    );
  }
}

function checkAudience(
  audience: string | readonly string[] | undefined,
  name: string,
  resource: string,
): void {
  if (audience === undefined) return;
  const values = [audience].flat();
  if (values.length === 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUDIENCE",
      `${name}.audience is empty, so every token of the issuer would be accepted. ` +
        `Remove it to require ${resource}.`,
    );
  }
  if (values.includes("*")) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUDIENCE",
      `${name}.audience "*" would accept tokens issued for other services; name the audience.`,
    );
  }
}

/** Allows one validator per issuer: with two, the stricter one could be bypassed. */
function checkIssuersOnce(entries: readonly ParsedValidation[], options: ParsedOptions): void {
  for (const kinds of [["jwt", "hybrid"], ["introspection"]]) {
    const seen = new Set<string>();
    for (const entry of entries) {
      if (!hasIssuer(entry) || !kinds.includes(entry.type)) continue;
      const issuer = issuerOf(entry, options);
      if (seen.has(issuer)) {
        throw new ConfigurationError(
          "ERR_OAUTH_ISSUER_TWICE",
          `validation has two entries of type ${kinds.join(" or ")} for the issuer "${issuer}"; keep one. ` +
            "An entry without issuer means authorizationServers[0].",
        );
      }
      seen.add(issuer);
    }
  }
}

/** Allows one validator for opaque tokens: a token must not be sent to several servers in turn. */
function checkOpaqueOnce(entries: readonly ParsedValidation[]): void {
  const opaque = entries.filter(({ type }) => type === "introspection" || type === "custom");
  if (opaque.length > 1) {
    throw new ConfigurationError(
      "ERR_OAUTH_OPAQUE_TWICE",
      `validation has ${opaque.length} entries that validate opaque tokens (${opaque.map(({ type }) => type).join(", ")}); ` +
        'keep one. For an issuer that signs JWTs, use "jwt" or "hybrid".',
    );
  }
  if (entries.filter(({ type }) => type === "static").length > 1) {
    throw new ConfigurationError(
      "ERR_OAUTH_STATIC_TWICE",
      "validation has several entries of type static; put all tokens into one.",
    );
  }
}
