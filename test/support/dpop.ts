import { randomUUID } from "node:crypto";
import type { DPoPContext, ProofOptions } from "../../src/binding/dpop.js";
import { parseProofKey } from "../../src/binding/proof-key.js";

import type { SignatureAlgorithm } from "../../src/core/algorithms.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { sha256 } from "../../src/core/hashes.js";
import { makeJws, pairs, type KeyPair } from "./jwt.js";
import { PROOF_DEFAULTS, ReplayMemory } from "./resolved.js";

export const NOW = 1_750_000_000;
const URL_OF_RESOURCE = "https://mcp.example.com/mcp";
export const TOKEN = "the.access.token";

export const publicJwk = ({ publicKey }: KeyPair) => publicKey.export({ format: "jwk" });

export function thumbprintOf(pair: KeyPair): string {
  return parseProofKey(publicJwk(pair))!.thumbprint;
}

export interface ProofParts {
  readonly alg?: SignatureAlgorithm;
  readonly pair?: KeyPair;
  /** Added to a valid header; `undefined` takes a member away. */
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

/** A valid proof for {@link contextOf}, with one thing spoiled. */
export function makeProof({ alg = "ES256", pair, header, claims }: ProofParts = {}): string {
  const keys = pair ?? pairs[alg];
  return makeJws(
    { typ: "dpop+jwt", alg, jwk: publicJwk(keys), ...header },
    {
      jti: randomUUID(),
      htm: "POST",
      htu: URL_OF_RESOURCE,
      iat: NOW,
      ath: sha256(TOKEN),
      ...claims,
    },
    alg,
    keys.privateKey,
  );
}

export function contextOf(
  changes: Partial<Omit<DPoPContext, "options">> & { options?: Partial<ProofOptions> } = {},
): DPoPContext {
  const { options, ...rest } = changes;
  const now = rest.now ?? NOW;
  return {
    method: "POST",
    targets: [URL_OF_RESOURCE],
    accessToken: TOKEN,
    thumbprint: thumbprintOf(pairs.ES256),
    now,
    ...rest,
    options: {
      ...PROOF_DEFAULTS,
      replay: new ReplayMemory(new MemoryStore({ clock: () => now })),
      ...options,
    },
  };
}
