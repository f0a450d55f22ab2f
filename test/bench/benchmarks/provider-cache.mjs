/*
 * A token that was seen before, in turn with 63 others: headers in, decision out. Ours is what the
 * guard asks for every request, with revocation and scopes; fast-jwt only looks its token up.
 */
import { OAuthAuthProvider as BuiltIn } from "mcp-framework";
import { createVerifier } from "fast-jwt";
import { createProtection } from "../../../dist/wiring/create-protection.js";
import { OAuthAuthProvider } from "../../../dist/index.js";
import { parseOptions } from "../../../dist/options/parse.js";
import { startKeySetServer } from "../lib/key-set-server.mjs";
import { quiet } from "../lib/quiet.mjs";
import { asyncLoop, interleave, loop, ratio, times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";
import { ISSUER, makeKey, makeTokens, RESOURCE } from "../lib/tokens.mjs";

function requestWith(token) {
  const headers = {
    host: "127.0.0.1:8080",
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${token}`,
    "mcp-protocol-version": "2025-06-18",
    "mcp-session-id": "3a1f0a52-9d0e-4a55-8d6f-0d5f9a3f1f11",
  };
  return {
    method: "POST",
    url: "/mcp",
    headers,
    rawHeaders: Object.entries(headers).flat(),
    socket: { remoteAddress: "127.0.0.1" },
    transport: "http-stream",
    remoteAddress: "127.0.0.1",
  };
}

export async function run() {
  quiet();
  const key = makeKey("RS256");
  const issuer = await startKeySetServer([key]);
  const tokens = makeTokens(64, key);
  const requests = tokens.map(requestWith);
  const jwksUri = `${issuer.url}/jwks`;
  const options = {
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    verifyAtStart: "off",
    validation: { type: "jwt", jwksUri },
  };
  const builtIn = new BuiltIn({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    validation: { type: "jwt", jwksUri, audience: RESOURCE, issuer: ISSUER },
  });
  const provider = new OAuthAuthProvider(options);
  const protection = createProtection(parseOptions(options));
  // As the guard asks.
  const decide = async (request) => {
    const decision = protection.begin(request);
    const identified = decision.identify();
    if (identified instanceof Promise) await identified;
    const { token } = decision.authentication;
    const authorized = decision.authorize([]);
    if (authorized !== undefined) await authorized;
    decision.allowed();
    if (token.subject === undefined) throw new Error("no subject");
  };
  const cached = createVerifier({
    key: key.publicKey.export({ type: "spki", format: "pem" }),
    algorithms: ["RS256"],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
    cache: 1000,
  });
  const mustPass = async (answer) => {
    if ((await answer) === false) throw new Error("refused");
  };
  const found = await interleave({
    "fast-jwt, cached": loop(tokens, cached),
    "ours, in the guard": asyncLoop(requests, decide),
    "ours, authenticate() called bare": asyncLoop(requests, (req) =>
      mustPass(provider.authenticate(req)),
    ),
    "built-in, authenticate()": asyncLoop(requests, (req) => mustPass(builtIn.authenticate(req))),
  });
  await issuer.close();
  const ours = found["ours, in the guard"];
  const rival = found["fast-jwt, cached"];
  const against = ratio(ours.all, rival.all);
  return {
    rows: [
      row({
        what: "token seen before: decision in the provider",
        builtIn: us(found["built-in, authenticate()"].us),
        rival: `fast-jwt cache hit ${us(rival.us)}`,
        ours: `${us(ours.us)} (${times(against)} × fast-jwt)`,
        aim: "≤ 1 × fast-jwt's cache",
        reached: against <= 1,
      }),
    ],
    text: table(
      ["who", "CPU per decision"],
      Object.entries(found).map(([name, r]) => [name, us(r.us)]),
    ),
  };
}
