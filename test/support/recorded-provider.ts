import nock from "nock";
import { OAuthAuthProvider } from "../../src/oauth-auth-provider.js";
import type { OAuthAuthProviderOptions } from "../../src/options/options.js";
import type { Preset } from "../../src/providers/preset.js";
import { createOutboundFetch } from "../../src/net/guarded-fetch.js";
import { signCompact } from "../../src/testing/compact-jws.js";
import { generateTestKey, type TestAlgorithm, type TestKey } from "../../src/testing/test-keys.js";
import { requestWith } from "./bare-request.js";

export const RESOURCE = "https://mcp.example.com/mcp";
export const NOW = 1_800_000_000;

/** A token in a provider's form: members over the header and the claims of its access token; `undefined` takes one out. */
export interface TokenForm {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What a provider publishes and issues, as recorded: names and values are made up, members and types are not. */
export interface RecordedProvider {
  readonly preset: () => Preset;
  readonly algorithm: TestAlgorithm;
  /** JSON documents by URL; `keys` is replaced with the key set. */
  readonly documents: Readonly<Record<string, unknown>>;
  readonly accessToken: Required<TokenForm>;
  /** A scope that the access token grants, as this server checks it. */
  readonly grants?: string;
  readonly refused: Readonly<Record<string, TokenForm & { readonly reason: string }>>;
}

const keys = new Map<TestAlgorithm, TestKey>();
/** One key per algorithm for the whole run: RSA keys are slow to make. */
export function keyFor(algorithm: TestAlgorithm): TestKey {
  const key = keys.get(algorithm) ?? generateTestKey(algorithm);
  keys.set(algorithm, key);
  return key;
}

export function sign(provider: RecordedProvider, form: TokenForm = {}): Promise<string> {
  const { kid, privateKey } = keyFor(provider.algorithm);
  const base = { exp: NOW + 300, iat: NOW - 10, ...provider.accessToken.claims };
  return signCompact(
    { ...base, ...form.claims },
    { alg: provider.algorithm, kid, ...provider.accessToken.header, ...form.header },
    provider.algorithm,
    privateKey,
  );
}

/** Serves a provider's documents at its own https addresses. */
export function serve({ documents, algorithm }: RecordedProvider): void {
  const { kid, bareJwk } = keyFor(algorithm);
  const published = { keys: [{ ...bareJwk, kid, use: "sig", alg: algorithm }] };
  for (const [address, document] of Object.entries(documents)) {
    const { origin, pathname } = new URL(address);
    nock(origin)
      .persist()
      .get(pathname)
      .reply(200, document === "keys" ? published : (document as object));
  }
  // A form of metadata that the provider does not publish is not found, not out of reach.
  for (const origin of new Set(Object.keys(documents).map((address) => new URL(address).origin))) {
    nock(origin).persist().get(/.*/).reply(404, "Not Found");
  }
}

/** The real provider, called bare; `reasons` are what its log would say. */
export function protectedBy(
  preset: Preset,
  options: Partial<OAuthAuthProviderOptions> = {},
): { readonly call: (token: string) => Promise<unknown>; readonly reasons: string[] } {
  const reasons: string[] = [];
  const provider = new OAuthAuthProvider({
    resource: RESOURCE,
    ...preset,
    clock: () => NOW,
    fetch: createOutboundFetch({ env: {} }),
    audit: ({ outcome, reason = "none" }) => void (outcome !== "allowed" && reasons.push(reason)),
    ...options,
  });
  return { reasons, call: (token) => provider.authenticate(requestWith(token)) };
}

/** An OIDC discovery document with what every provider has. */
export function discovery(issuer: string, jwksUri: string, more: object = {}): object {
  const base = issuer.replace(/\/$/, "");
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: jwksUri,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    ...more,
  };
}
