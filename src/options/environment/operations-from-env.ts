import { ConfigurationError } from "../../core/errors.js";
import { RedisOnUse } from "../../stores/redis-on-use.js";
import { limitsShape, networkShape } from "../limits.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import {
  certificateProxyShape,
  dpopShape,
  mtlsShape,
  type MtlsOptions,
  type StoreEncryptionKey,
} from "../sender.js";
import { operationsShape } from "../server.js";
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
    ...reader.read(limitsShape),
    ...given("dpop", dpopOptions(reader)),
    ...given("mtls", mtlsOptions(reader)),
    ...given("store", redisUrl === undefined ? undefined : new RedisOnUse(redisUrl)),
    ...given("storeEncryptionKeys", storeKeys(reader)),
    ...(overrides.audit === undefined && reader.read(operationsShape)),
  };
}

function dpopOptions(reader: EnvironmentReader): Options["dpop"] {
  const { mode } = reader.read(dpopShape);
  const secrets = separated(reader.fixedSecret("OAUTH_DPOP_NONCE_SECRET"));
  if (secrets === undefined) return mode;
  if (mode === "off") {
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_CONTRADICTION",
      "OAUTH_DPOP=off ignores proofs, but OAUTH_DPOP_NONCE_SECRET is set; remove one of them.",
    );
  }
  return { ...given("mode", mode), nonce: { secrets } };
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
