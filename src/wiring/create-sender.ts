import type { ErrorCode } from "../core/error-codes/error-codes.js";
import { createCertificateSource } from "../binding/certificate.js";
import { DPoPNonce } from "../binding/dpop-nonce.js";
import { Possession } from "../binding/possession.js";
import { ReplayMemory } from "../binding/replay.js";
import type { Clock } from "../core/clock.js";
import { ConfigurationError } from "../core/errors.js";
import { OpenConnections } from "../sessions/open-connections.js";
import type { ProtectedResourceMetadata } from "../gate/answers/protected-resource-metadata.js";
import { Revocations } from "../revocation/revocation.js";
import { MemoryStore } from "../stores/memory-store.js";
import { SealedStore } from "../stores/sealed-store.js";
import type { Store } from "../stores/store.js";
import { watchStore } from "../telemetry/dependencies.js";
import type { DPoPSettings } from "../options/sender.js";
import type { Settings } from "../options/settings.js";
import type { SecretBytes } from "../options/values.js";

/** Where a provider keeps what outlives a request. */
export interface Stores {
  /** For values that tell nothing: markers and times. */
  readonly plain: Store;
  /** The same, where it is shared: caches and counts of one process have better places. */
  readonly shared: Store | undefined;
  /**
   * The same, for values that hold claims: only if keys encrypt them.
   * Unencrypted, write access to the store could turn any token into another user's.
   */
  readonly sealed: Store | undefined;
}

/** Replay markers live for eleven minutes: enough for 750 proofs a second, in about 100 MB. */
const MAX_ENTRIES = 500_000;

/**
 * @param onFailure hears of every call that a store does not answer
 * @throws ConfigurationError
 */
export function createStores(
  options: Pick<Settings, "store" | "storeEncryptionKeys">,
  clock: Clock,
  onFailure: (operation: string) => void = () => undefined,
): Stores {
  const { storeEncryptionKeys: keys } = options;
  const store = options.store ?? new MemoryStore({ clock, maxEntries: MAX_ENTRIES });
  const sealingKeys = keys?.map(({ id, secret }, index) => ({
    id,
    secret: bytesOf(secret, `storeEncryptionKeys[${index}].secret`, "ERR_OAUTH_STORE_KEY_LENGTH"),
  }));
  // Made in any case: wrong keys must show before the day that a store is added.
  const sealed = sealingKeys && watchStore(new SealedStore(store, sealingKeys), onFailure);
  const plain = watchStore(store, onFailure);
  if (options.store === undefined) return { plain, shared: undefined, sealed: undefined };
  return { plain, shared: plain, sealed };
}

/** The parts of a provider that have to do with who sends a token, and whether it still may. */
export interface SenderParts {
  readonly possession: Possession;
  readonly revocations: Revocations;
  readonly connections: OpenConnections;
  /** What the resource's metadata says of them. */
  readonly metadata: Partial<ProtectedResourceMetadata>;
}

/** @throws ConfigurationError */
export function createSender(
  options: Pick<Settings, "resource" | "dpop" | "mtls" | "store" | "revocation">,
  store: Store,
  clock: Clock,
): SenderParts {
  const { dpop } = options;
  const { mode, proofMaxAgeSeconds, algorithms, onStoreFailure } = dpop;
  const nonce = nonceOf(dpop);
  const possession = new Possession({
    resource: options.resource,
    mode,
    dpop: {
      replay: new ReplayMemory(store, { onStoreFailure, capacity: capacityOf(options) }),
      proofMaxAgeSeconds,
      algorithms,
      ...(nonce !== undefined && { nonce }),
    },
    certificates: createCertificateSource(options.mtls?.proxy),
    certificateRequired: options.mtls?.required === true,
    clock,
  });
  // No other process writes to a store in this process's memory.
  const isShared = options.store !== undefined;
  const revocations = new Revocations({ store, clock, isShared, ...options.revocation });
  const connections = new OpenConnections({
    revocations,
    clock,
    recheckSeconds: isShared ? Math.max(1, options.revocation.cacheSeconds) : undefined,
  });
  return { possession, revocations, connections, metadata: metadataOf(possession, mode, options) };
}

/** `undefined` for a store of another kind: it may have room for any number. */
function capacityOf({ store }: Pick<Settings, "store">): number | undefined {
  if (store === undefined) return MAX_ENTRIES;
  return store instanceof MemoryStore ? store.maxEntries : undefined;
}

function metadataOf(
  { algorithms }: Possession,
  mode: string,
  { mtls }: Pick<Settings, "mtls">,
): Partial<ProtectedResourceMetadata> {
  return {
    ...(algorithms !== undefined && { dpop_signing_alg_values_supported: algorithms }),
    ...(mode === "required" && { dpop_bound_access_tokens_required: true }),
    ...(mtls !== undefined && { tls_client_certificate_bound_access_tokens: true }),
  };
}

function nonceOf({ nonce, mode }: DPoPSettings): DPoPNonce | undefined {
  if (nonce === undefined || mode === "off") return undefined;
  const { secret, secrets, periodSeconds } = nonce;
  if ((secret === undefined) === (secrets === undefined)) {
    throw new ConfigurationError(
      "ERR_OAUTH_DPOP_NONCE_SECRET",
      `dpop.nonce needs a secret, in \`secret\` or, to rotate, in \`secrets\`; not both. ${MAKE}`,
    );
  }
  const texts = secrets ?? [secret ?? ""];
  return new DPoPNonce(
    texts.map((text) => bytesOf(text, "dpop.nonce.secret", "ERR_OAUTH_DPOP_NONCE_SECRET")),
    { periodSeconds },
  );
}

const MAKE =
  "Make one with: node -p \"crypto.randomBytes(32).toString('base64url')\", " +
  "and give every process the same.";

/** The value is not repeated in the message: it is, or was meant to be, a secret. */
function bytesOf(secret: SecretBytes, option: string, code: ErrorCode): Uint8Array {
  if (typeof secret !== "string") {
    if (secret.byteLength === 32) return secret;
  } else {
    const bytes = Buffer.from(secret, "base64url");
    // Node's decoder skips what it does not know; a passphrase would become a few weak bytes.
    if (bytes.byteLength === 32 && bytes.toString("base64url") === secret.replace(/=$/, "")) {
      return bytes;
    }
  }
  throw new ConfigurationError(code, `${option} must be 32 bytes, as base64url text. ${MAKE}`);
}
