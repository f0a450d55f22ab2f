import { withEmbeddedIssuer } from "../embedded-issuer.js";
import { logger } from "mcp-framework";
import { ConfigurationError } from "../../core/errors.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { apiKeyShape, apiKeysShape } from "../api-keys.js";
import { introspectionShape, tlsShape, type IntrospectionOptions } from "../introspection.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import { metadataShape, serverShape } from "../server.js";
import {
  claimMappingShape,
  claimShape,
  hybridShape,
  signatureShape,
  type ClaimOptions,
  type JwtValidationOptions,
  type SignatureOptions,
} from "../validation.js";
import { providerOfIssuer } from "../../providers/registry.js";
import { EnvironmentReader, invalid, missing, type Environment } from "./environment-reader.js";
import { checkSpelling } from "./misspelt.js";
import { operationsOptions } from "./operations-from-env.js";
import { given } from "./given.js";
import { presetFromEnv } from "./preset-from-env.js";
import { staticTokens, type TokenType } from "./static-tokens.js";
import { tunePreset } from "./tune-preset.js";
import { refuseUnused } from "./unused.js";
import { VARIABLES } from "./variables.js";

/**
 * Options from environment variables; see `docs/reference/environment.md` for
 * all of them. Members of `overrides` win; their variables need not be set.
 *
 * Reads mounted secrets to check that they exist. Makes no network requests.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, optionsFromEnv } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({ ...optionsFromEnv(), rateLimit: false });
 * ```
 *
 * @throws ConfigurationError with the variable, the value found and the fix; never a secret
 */
export function optionsFromEnv(
  env: Environment = process.env,
  given: Partial<OAuthAuthProviderOptions> = {},
): OAuthAuthProviderOptions {
  const overrides = withEmbeddedIssuer(given);
  checkSpelling(env);
  const reader = new EnvironmentReader(env);
  const server = {
    authorizationServers: [],
    resource: overrides.resource ?? reader.url("OAUTH_RESOURCE") ?? resourceOfAudience(reader),
    ...serverOptions(reader),
    ...operationsOptions(reader, overrides),
  };
  // Where no token is checked, what it is checked by may be missing.
  if ((overrides.enabled ?? server.enabled) === false) return { ...server, ...overrides };
  const own = { ...server, ...apiKeyOptions(reader, overrides) };
  const options = { ...own, ...authorizationOptions(reader, own, overrides) };
  refuseUnused(reader, own, overrides);
  return { ...options, ...overrides };
}

/**
 * Adds to an error about an option the variables it was read from.
 *
 * @param error Any thrown value; only a ConfigurationError is changed.
 */
export function explainByVariables(error: unknown, env: Environment): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  const text = error.message.replace(` [${error.code}]`, "");
  const names = VARIABLES.filter(
    (row) =>
      (env[row.name] ?? "").trim() !== "" &&
      !text.includes(row.name) &&
      row.option !== undefined &&
      new RegExp(`(?:^|[^\\w.])${row.option.replaceAll(".", "\\.")}(?![\\w])`).test(
        text.replace(/\[\d+\]/g, ""),
      ),
  ).map(({ name }) => name);
  if (names.length === 0) return error;
  return new ConfigurationError(error.code, `${text} It was read from ${names.join(" and ")}.`, {
    cause: error,
  });
}

type Options = Partial<OAuthAuthProviderOptions>;

/** Without `OAUTH_RESOURCE`: the audience, if it is one https URL. Tokens are then for this server by its URL. */
function resourceOfAudience(reader: EnvironmentReader): string {
  const [audience, ...others] = reader.list("OAUTH_AUDIENCE") ?? [];
  const isUrl = audience !== undefined && parseAbsoluteUrl(audience)?.protocol === "https:";
  return isUrl && others.length === 0 ? audience : missing("OAUTH_RESOURCE");
}

function serverOptions(reader: EnvironmentReader): Options {
  const metadata = reader.read(metadataShape);
  return {
    ...reader.read(serverShape),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

function authorizationOptions(
  reader: EnvironmentReader,
  own: Options,
  overrides: Options,
): Options {
  if (own.authMode === "api_key") return { authorizationServers: [] };
  if (overrides.authorizationServers !== undefined && !reader.has("OAUTH_PROVIDER")) {
    return overrides.validation === undefined
      ? validationOptions(reader, overrides.authorizationServers, overrides)
      : {};
  }
  const preset = presetFromEnv(reader);
  if (preset === undefined) {
    const servers = authorizationServers(reader);
    return { authorizationServers: servers, ...validationOptions(reader, servers, overrides) };
  }
  // The server's own settings win over those of the preset.
  return {
    ...tunePreset(preset, reader),
    ...(own.scopes !== undefined && { scopes: withPublished(own.scopes, preset.scopes) }),
    ...(own.scopePrefix !== undefined && { scopePrefix: own.scopePrefix }),
    ...(own.verifyAtStart !== undefined && { verifyAtStart: own.verifyAtStart }),
    ...(preset.metadata !== undefined && { metadata: { ...preset.metadata, ...own.metadata } }),
  };
}

type Scopes = OAuthAuthProviderOptions["scopes"];

/** Required scopes, published and requested together with the scopes that the provider needs. */
function withPublished(required: NonNullable<Scopes>, preset: Scopes): NonNullable<Scopes> {
  if (!Array.isArray(required)) return required;
  const supported = preset !== undefined && "supported" in preset ? preset.supported : undefined;
  const list = required as readonly string[];
  if (supported === undefined) return list;
  const isComplete = "only" in supported;
  const all = [...new Set([...list, ...(isComplete ? supported.only : supported)])];
  return { required: [...list], supported: isComplete ? { only: all } : all, initial: all };
}

function authorizationServers(reader: EnvironmentReader): readonly string[] {
  const several = reader.urls("OAUTH_AUTHORIZATION_SERVERS");
  const one = reader.url("OAUTH_AUTHORIZATION_SERVER");
  const issuer = reader.url("OAUTH_ISSUER");
  if (several !== undefined && one !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      "OAUTH_AUTHORIZATION_SERVER and OAUTH_AUTHORIZATION_SERVERS are both set; keep one of them.",
    );
  }
  if (several !== undefined) return several;
  // Clients compare the advertised issuer with the one in the metadata, including a trailing slash.
  // OAUTH_ISSUER is exact; the framework's scaffold writes Auth0's server without the slash.
  if (issuer !== undefined && (one === undefined || withoutSlash(one) === withoutSlash(issuer))) {
    return [issuer];
  }
  return [one ?? missing("OAUTH_AUTHORIZATION_SERVER")];
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}

function validationOptions(
  reader: EnvironmentReader,
  servers: readonly string[],
  overrides: Options,
): Options {
  const type = reader.choice<TokenType>("OAUTH_TOKEN_TYPE");
  const tokens = staticTokens(reader, type);
  if (tokens !== undefined) return { validation: { type: "static", tokens } };
  const claims = claimOptions(reader);
  const signature = signatureOptions(reader);
  const introspection =
    type === "jwt" || overrides.introspection !== undefined
      ? undefined
      : introspectionOptions(reader);
  hintAtPreset(reader, servers);
  if (type === "introspection") refuseSignature(signature);
  const isAsked = type === "introspection" || type === "hybrid";
  const isGiven = overrides.introspection !== undefined || overrides.validation !== undefined;
  if (isAsked && introspection === undefined && !isGiven) {
    return missing(reader.has("OAUTH_CLIENT_ID") ? "OAUTH_CLIENT_SECRET" : "OAUTH_CLIENT_ID");
  }
  if (type === "introspection") {
    return { validation: { type, ...claims, ...given("introspection", introspection) } };
  }
  if (type === "hybrid") {
    return {
      validation: {
        type,
        ...claims,
        ...signature,
        ...reader.read(hybridShape),
        ...given("introspection", introspection),
      },
    };
  }
  const isSpecific = Object.keys(claims).length + Object.keys(signature).length > 0;
  const jwts = jwtOptions(servers, claims, signature);
  if (type === undefined && (introspection ?? overrides.introspection) !== undefined) {
    const opaque = { ...claims, ...given("introspection", introspection) };
    return { validation: [...jwts, { type: "introspection", ...opaque }] };
  }
  return isSpecific || type !== undefined ? { validation: jwts } : {};
}

/** Signatures are not verified by introspection alone. */
function refuseSignature(signature: SignatureOptions): void {
  const [unused] = Object.keys(signature);
  if (unused === undefined) return;
  throw new ConfigurationError(
    "ERR_OAUTH_ENV_CONTRADICTION",
    `OAUTH_TOKEN_TYPE=introspection does not verify signatures, but validation.${unused} is set; ` +
      "use hybrid for both, or remove it.",
  );
}

/** One entry for each authorization server, unless OAUTH_ISSUER names the only issuer. */
function jwtOptions(
  servers: readonly string[],
  claims: ClaimOptions,
  signature: SignatureOptions,
): readonly JwtValidationOptions[] {
  if (servers.length < 2 || claims.issuer !== undefined) {
    return [{ type: "jwt", ...claims, ...signature }];
  }
  const key = (["jwksUri", "publicKey", "secret"] as const).find((name) => name in signature);
  if (key !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      `validation.${key} would apply to several authorization servers, but a key belongs to one; set ` +
        "OAUTH_ISSUER to its server, or remove it to discover the keys.",
    );
  }
  return servers.map((issuer) => ({ type: "jwt", issuer, ...claims, ...signature }));
}

function claimOptions(reader: EnvironmentReader): ClaimOptions {
  const claims = {
    ...reader.read(claimMappingShape),
    ...given("scopePrefix", reader.value(serverShape.scopePrefix)),
  };
  return {
    ...reader.read(claimShape),
    ...(Object.keys(claims).length > 0 && { claims }),
  };
}

function signatureOptions(reader: EnvironmentReader): SignatureOptions {
  // `verificationSecret` reads the secret with its cache time and overlap.
  const {
    secret: _secret,
    secretTtlSeconds: _ttl,
    secretOverlapSeconds: _overlap,
    ...rows
  } = signatureShape;
  return { ...reader.read(rows), ...reader.verificationSecret("OAUTH_JWT_SECRET") };
}

function introspectionOptions(reader: EnvironmentReader): IntrospectionOptions | undefined {
  if (
    !reader.has("OAUTH_INTROSPECTION_ENDPOINT") &&
    !CREDENTIALS.some((name) => reader.has(name))
  ) {
    return undefined;
  }
  // Credentials are read where the method is known: one that is not used is an error.
  const { clientSecret, privateKey, keyId, algorithm, token, ...rows } = introspectionShape;
  const { cert, key, ca: authorities } = tlsShape;
  const { clientId, authMethod, ...others } = reader.read(rows);
  const ca = reader.value(authorities);
  const method = authMethod ?? methodOf(reader);
  if (clientId === undefined && method !== "bearer") return missing("OAUTH_CLIENT_ID");
  return {
    ...others,
    ...given("clientId", clientId),
    ...given("authMethod", method),
    ...given("tls", ca === undefined ? undefined : { ca }),
    ...credentials(method),
  };

  function credentials(of: IntrospectionOptions["authMethod"]): IntrospectionOptions {
    switch (of) {
      case "private_key_jwt":
        return {
          privateKey: reader.value(privateKey) ?? missing("OAUTH_PRIVATE_KEY"),
          ...reader.read({ keyId, algorithm }),
        };
      case "tls_client_auth":
        return {
          tls: {
            cert: reader.value(cert) ?? missing("OAUTH_CLIENT_CERT"),
            key: reader.value(key) ?? missing("OAUTH_CLIENT_KEY"),
            ...given("ca", ca),
          },
        };
      case "bearer":
        return { token: reader.value(token) ?? missing("OAUTH_INTROSPECTION_TOKEN") };
      case undefined:
      case "client_secret_basic":
      case "client_secret_post":
        return { clientSecret: reader.value(clientSecret) ?? missing("OAUTH_CLIENT_SECRET") };
    }
  }
}

const CREDENTIALS = [
  "OAUTH_CLIENT_SECRET",
  "OAUTH_PRIVATE_KEY",
  "OAUTH_CLIENT_CERT",
  "OAUTH_CLIENT_KEY",
  "OAUTH_INTROSPECTION_TOKEN",
] as const;

/** The method that the credentials are for; `undefined` for the default. */
function methodOf(reader: EnvironmentReader): IntrospectionOptions["authMethod"] {
  if (reader.has("OAUTH_PRIVATE_KEY")) return "private_key_jwt";
  if (reader.has("OAUTH_CLIENT_CERT") || reader.has("OAUTH_CLIENT_KEY")) return "tls_client_auth";
  return reader.has("OAUTH_INTROSPECTION_TOKEN") ? "bearer" : undefined;
}

function apiKeyOptions(reader: EnvironmentReader, overrides: Options): Options {
  const mode = overrides.authMode ?? reader.value(apiKeysShape.authMode);
  const entries = reader.list("API_KEYS_SHA256");
  if (mode === undefined || mode === "oauth") {
    // Configured keys must neither be accepted without AUTH_MODE nor be refused silently.
    if (entries !== undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_ENV_CONTRADICTION",
        "API_KEYS_SHA256 is set, but AUTH_MODE does not allow API keys; set AUTH_MODE=both or api_key, or remove the keys.",
      );
    }
    return given("authMode", mode);
  }
  if (overrides.apiKeys !== undefined) return { authMode: mode };
  const { keys: _entries, scopes = [], ...others } = reader.read(apiKeyShape);
  const keys = (entries ?? missing("API_KEYS_SHA256")).map((entry, index) => {
    const [, clientId, sha256] = /^([^=]+)=([0-9a-f]{64})$/i.exec(entry) ?? [];
    // Not quoted, because the value may be the key itself.
    if (clientId !== undefined && sha256 !== undefined) return { clientId, sha256, scopes };
    throw invalid(
      "API_KEYS_SHA256",
      `entry ${index + 1} must be client=hash, with a hash of 64 hex digits`,
    );
  });
  return { authMode: mode, apiKeys: { keys, ...others } };
}

/** Warns at start about issuers whose tokens the strict defaults refuse, and names their preset. */
function hintAtPreset(reader: EnvironmentReader, servers: readonly string[]): void {
  if (reader.flag("OAUTH_ALLOW_JWT_TYP") !== undefined) return;
  for (const server of servers) {
    const known = providerOfIssuer(server);
    if (known?.typesTokensJwt !== true) continue;
    logger.warn(
      `mcp-framework-oauth: ${new URL(server).hostname} issues tokens typed JWT, which are refused unless ` +
        `OAUTH_ALLOW_JWT_TYP=true; OAUTH_PROVIDER=${known.id} sets this and all other options ` +
        `that ${known.label} needs.`,
    );
  }
}
