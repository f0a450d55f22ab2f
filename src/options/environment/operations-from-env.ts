import type { CertificateEncoding } from "../../binding/certificate.js";
import type { DPoPMode } from "../../binding/dpop.js";
import { ConfigurationError } from "../../core/errors.js";
import { RedisOnUse } from "../../stores/redis-on-use.js";
import { jsonLinesAudit } from "../../telemetry/json-lines-audit.js";
import { logAudit } from "../../wiring/create-audit.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import type { MtlsOptions, StoreEncryptionKey } from "../sender.js";
import { invalid, missing, type EnvironmentReader } from "./environment-reader.js";
import { given } from "./given.js";

type Options = Partial<OAuthAuthProviderOptions>;

/**
 * How the server stands in its network, and what makes a stolen token useless.
 * What `overrides` say is not made: a store is a connection, a sink writes.
 */
export function operationsOptions(reader: EnvironmentReader, overrides: Options): Options {
  const failures = reader.limit("OAUTH_RATE_LIMIT");
  const redisUrl = reader.fixedSecret("OAUTH_REDIS_URL");
  const allowed = reader.list("OAUTH_ALLOW_PRIVATE_ADDRESSES");
  const [only, ...others] = allowed ?? [];
  return {
    ...given("trustedProxies", reader.list("OAUTH_TRUSTED_PROXIES")),
    ...given("requireHttps", reader.flag("OAUTH_REQUIRE_HTTPS")),
    ...given("allowPrivateAddresses", only === "true" && others.length === 0 ? true : allowed),
    ...given(
      "rateLimit",
      failures === "off" ? (false as const) : failures === undefined ? failures : { failures },
    ),
    ...given("dpop", dpopOptions(reader)),
    ...given("mtls", mtlsOptions(reader)),
    ...(overrides.store === undefined &&
      given("store", redisUrl === undefined ? undefined : new RedisOnUse(redisUrl))),
    ...given("storeEncryptionKeys", storeKeys(reader)),
    ...(overrides.audit === undefined && given("audit", auditOption(reader))),
  };
}

function dpopOptions(reader: EnvironmentReader): Options["dpop"] {
  const mode = reader.choice<DPoPMode>("OAUTH_DPOP");
  const secrets = separated(reader.fixedSecret("OAUTH_DPOP_NONCE_SECRET"));
  if (secrets === undefined) return mode;
  if (mode === "off") {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      "OAUTH_DPOP=off looks at no proof, and OAUTH_DPOP_NONCE_SECRET is set; remove one of them.",
    );
  }
  return { ...given("mode", mode), nonce: { secrets } };
}

function mtlsOptions(reader: EnvironmentReader): MtlsOptions | undefined {
  const mode = reader.choice<"allowed" | "required">("OAUTH_MTLS");
  const addresses = reader.list("OAUTH_MTLS_PROXIES");
  const header = reader.text("OAUTH_MTLS_HEADER");
  const encoding = reader.choice<CertificateEncoding>("OAUTH_MTLS_ENCODING");
  if (addresses === undefined) {
    // A header that anybody may send: believing it would be worse than not starting.
    if (header !== undefined || encoding !== undefined) return missing("OAUTH_MTLS_PROXIES");
    return mode && { required: mode === "required" };
  }
  return {
    required: mode === "required",
    proxy: { addresses, ...given("header", header), ...given("encoding", encoding) },
  };
}

function storeKeys(reader: EnvironmentReader): readonly StoreEncryptionKey[] | undefined {
  return separated(reader.fixedSecret("OAUTH_STORE_KEYS"))?.map((entry, index) => {
    const [, id, secret] = /^([\w-]{1,32})=(.+)$/.exec(entry) ?? [];
    if (id !== undefined && secret !== undefined) return { id, secret };
    // Not quoted: it is, or was meant to be, a key.
    throw invalid("OAUTH_STORE_KEYS", `entry ${index + 1} must be name=key`);
  });
}

function auditOption(reader: EnvironmentReader): Options["audit"] {
  switch (reader.choice<"refusals" | "all" | "json">("OAUTH_AUDIT")) {
    case undefined:
      return undefined;
    case "refusals":
      return logAudit();
    case "all":
      return logAudit({ allowed: true });
    case "json":
      return jsonLinesAudit(process.stdout);
  }
}

/** Entries between commas or white space, such as the lines of a mounted file. */
function separated(text: string | undefined): readonly string[] | undefined {
  return text?.split(/[\s,]+/).filter((entry) => entry !== "");
}
