import { ConfigurationError } from "../../core/errors.js";
import { RedisOnUse } from "../../stores/redis-on-use.js";
import { limitsShape, networkShape, rateLimitShape, sessionsShape, tasksShape } from "../limits.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import {
  certificateProxyShape,
  dpopShape,
  dpopNonceShape,
  mtlsShape,
  revocationShape,
  type MtlsOptions,
  type StoreEncryptionKey,
} from "../sender.js";
import { healthShape, operationsShape } from "../server.js";
import { invalid, missing, type EnvironmentReader } from "./environment-reader.js";
import { given } from "./given.js";

type Options = Partial<OAuthAuthProviderOptions>;

/**
 * Options for network, limits, possession and operations. Does not create a
 * store or sink that `overrides` replaces: a store connects, a sink writes.
 */
export function operationsOptions(reader: EnvironmentReader, overrides: Options): Options {
  const redisUrl =
    overrides.store === undefined ? reader.fixedSecret("OAUTH_REDIS_URL") : undefined;
  return {
    ...reader.read(networkShape),
    ...given("rateLimit", rateLimit(reader)),
    ...given("sessions", group(reader.read(sessionsShape))),
    ...given("tasks", group(reader.read(tasksShape))),
    ...given("revocation", group(reader.read(revocationShape))),
    ...given("health", health(reader)),
    ...given("dpop", dpopOptions(reader)),
    ...given("mtls", mtlsOptions(reader)),
    ...given("store", redisUrl === undefined ? undefined : new RedisOnUse(redisUrl)),
    ...given("storeEncryptionKeys", storeKeys(reader)),
    ...(overrides.audit === undefined && reader.read(operationsShape)),
  };
}

function rateLimit(reader: EnvironmentReader): Options["rateLimit"] {
  const failures = reader.value(limitsShape.rateLimit);
  const others = reader.read(rateLimitShape);
  if (failures !== false) return group({ ...others, ...failures });
  if (group(others) === undefined) return false;
  throw new ConfigurationError(
    "ERR_OAUTH_ENV_CONTRADICTION",
    `OAUTH_RATE_LIMIT=off leaves no limit, and ${Object.keys(others).join(" and ")} of it is set; remove one of them.`,
  );
}

function health(reader: EnvironmentReader): Options["health"] {
  return reader.text("OAUTH_HEALTH_PATH")?.toLowerCase() === "off"
    ? false
    : group(reader.read(healthShape));
}

/** Options of a group, or `undefined` when no variable of it is set. */
function group<T extends object>(options: T): T | undefined {
  return Object.keys(options).length > 0 ? options : undefined;
}

function dpopOptions(reader: EnvironmentReader): Options["dpop"] {
  const { mode, ...proof } = reader.read(dpopShape);
  const secrets = separated(reader.fixedSecret("OAUTH_DPOP_NONCE_SECRET"));
  const period = reader.value(dpopNonceShape.periodSeconds);
  if (secrets === undefined) {
    if (period !== undefined) return missing("OAUTH_DPOP_NONCE_SECRET");
    return group(proof) === undefined ? mode : { ...given("mode", mode), ...proof };
  }
  if (mode === "off") {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      "OAUTH_DPOP=off ignores proofs, but OAUTH_DPOP_NONCE_SECRET is set; remove one of them.",
    );
  }
  return {
    ...given("mode", mode),
    ...proof,
    nonce: { secrets, ...given("periodSeconds", period) },
  };
}

function mtlsOptions(reader: EnvironmentReader): MtlsOptions | undefined {
  const mode = reader.read(mtlsShape);
  const { addresses, ...header } = reader.read(certificateProxyShape);
  if (addresses !== undefined) return { ...mode, proxy: { addresses, ...header } };
  // Any client can send the header, so it must not be trusted without a list of proxies.
  if (Object.keys(header).length > 0) return missing("OAUTH_MTLS_PROXIES");
  return Object.keys(mode).length > 0 ? mode : undefined;
}

function storeKeys(reader: EnvironmentReader): StoreEncryptionKey[] | undefined {
  return separated(reader.fixedSecret("OAUTH_STORE_KEYS"))?.map((entry, index) => {
    const [, id, secret] = /^([\w-]{1,32})=(.+)$/.exec(entry) ?? [];
    if (id !== undefined && secret !== undefined) return { id, secret };
    // Not quoted, because the value may be a key.
    throw invalid("OAUTH_STORE_KEYS", `entry ${index + 1} must be name=key`);
  });
}

/** Entries separated by commas or white space, such as the lines of a mounted file. */
function separated(text: string | undefined): string[] | undefined {
  return text?.split(/[\s,]+/).filter((entry) => entry !== "");
}
