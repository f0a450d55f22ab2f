/* 1,000 concurrent requests with one new opaque token: introspection requests to the issuer. */
import { OAuthAuthProvider as BuiltIn } from "mcp-framework";
import { OAuthAuthProvider } from "../../../dist/index.js";
import { startKeySetServer } from "../lib/key-set-server.mjs";
import { quiet } from "../lib/quiet.mjs";
import { row } from "../lib/report.mjs";
import { bareRequest, RESOURCE } from "../lib/tokens.mjs";

const REQUESTS = 1000;

export async function run() {
  quiet();
  const issuer = await startKeySetServer([]);
  issuer.audience = RESOURCE;
  const introspection = {
    endpoint: `${issuer.url}/introspect`,
    clientId: "bench",
    clientSecret: "s".repeat(32),
  };
  const options = {
    resource: RESOURCE,
    authorizationServers: [issuer.url],
    validation: { type: "introspection", audience: RESOURCE, issuer: issuer.url, introspection },
  };
  const callsOf = async (provider) => {
    const before = issuer.introspections;
    const token = `opaque-${Math.random()}`;
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, () => provider.authenticate(bareRequest(token))),
    );
    const good = answers.filter((answer) => answer !== false).length;
    return { good, calls: issuer.introspections - before };
  };
  const builtIn = await callsOf(new BuiltIn(options));
  const ours = await callsOf(new OAuthAuthProvider({ ...options, verifyAtStart: "off" }));
  await issuer.close();
  const text = ({ good, calls }) => `${calls} ${calls === 1 ? "call" : "calls"}, ${good} good`;
  return {
    rows: [
      row({
        what: "1,000 concurrent requests, one unseen opaque token",
        builtIn: text(builtIn),
        ours: text(ours),
        aim: "1 call",
        reached: ours.calls === 1 && ours.good === REQUESTS,
      }),
    ],
  };
}
