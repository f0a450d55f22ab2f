/* What the servers that are compared have in common: one issuer, one key, 64 tokens in turn. */
import { startKeySetServer } from "./key-set-server.mjs";
import { rpcRequest } from "./load.mjs";
import { ISSUER, makeKey, makeTokens } from "./tokens.mjs";

export const TOOLS_CALL = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: {} },
};

/** An issuer and its tokens. `provider` has more options of this package. */
export async function createIssuer(provider = {}) {
  const key = makeKey("RS256");
  const server = await startKeySetServer([key]);
  return {
    key,
    server,
    tokens: makeTokens(64, key),
    options: { issuer: ISSUER, jwksUri: `${server.url}/jwks`, provider },
    close: () => server.close(),
  };
}

/** The five servers, all asked the same. */
export function servers({ options }, subject, kinds = Object.keys(KINDS)) {
  return Object.fromEntries(
    kinds.map((name) => [name, { kind: KINDS[name], options, ...subject }]),
  );
}

const KINDS = {
  "framework, no authentication": "framework",
  "framework, built-in provider": "framework-builtin",
  "framework, ours": "framework-ours",
  "SDK and express, no authentication": "sdk",
  "SDK and express, jose": "sdk-jose",
};

export const PLAIN = "framework, no authentication";
export const BUILT_IN = "framework, built-in provider";
export const OURS = "framework, ours";
export const SDK = "SDK and express, no authentication";
export const SDK_JOSE = "SDK and express, jose";

/** Requests for a tool in open sessions, these in turn. */
export function toolCalls(sessions) {
  return sessions.map(({ token, session }) => rpcRequest(TOOLS_CALL, { token, session }));
}
