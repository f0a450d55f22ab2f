/*
 * A tools/call of 4 KB: how often the server parses its body, counted, and what reading the
 * operations and deciding about their scopes costs beside the one parse that the framework needs.
 */
import { ScopePolicy } from "../../../dist/policy/scope-policy.js";
import { parseOperations } from "../../../dist/policy/operation.js";
import * as subjects from "../lib/http-subjects.mjs";
import { once, openSessions, rpcRequest } from "../lib/load.mjs";
import { interleave, us } from "../lib/measure.mjs";
import { startServer } from "../lib/processes.mjs";
import { row, table } from "../lib/report.mjs";
import { toolsCallOf } from "../lib/bodies.mjs";

const SCOPES = {
  required: ["mcp:read"],
  tools: { "delete-*": ["mcp:admin"], echo: ["mcp:write"], "files/**": ["files:read"] },
  operations: { "tools/call": ["mcp:write"] },
  implies: { "mcp:admin": ["mcp:write"] },
};
const MARKER = "counted-body";

async function parsesOf(issuer) {
  const server = await startServer("framework-ours", { ...issuer.options, countParses: MARKER });
  const [session] = await openSessions(server.port, issuer.tokens, 1);
  const message = {
    ...subjects.TOOLS_CALL,
    params: { name: "echo", arguments: {}, _meta: { note: MARKER } },
  };
  const { status, body } = await once(server.port, rpcRequest(message, session));
  if (status !== 200) throw new Error(body.toString());
  const parses = await server.parses();
  await server.stop();
  return parses;
}

export async function run() {
  const issuer = await subjects.createIssuer({ scopes: { required: ["mcp:read"] } });
  const parses = await parsesOf(issuer);
  await issuer.close();
  const text = JSON.stringify(toolsCallOf(4096));
  const policy = new ScopePolicy(SCOPES);
  const token = { audience: [], scopes: ["mcp:read", "mcp:write"], claims: {} };
  const found = await interleave({
    "JSON.parse, which the framework needs": (count) => {
      for (let i = 0; i < count; i++) JSON.parse(text);
    },
    "with operations and scope policy": (count) => {
      for (let i = 0; i < count; i++) {
        const decision = policy.decide(token, parseOperations(JSON.parse(text)));
        if (!decision.allowed) throw decision.error;
      }
    },
  });
  const [alone, both] = Object.values(found);
  const added = both.us - alone.us;
  return {
    rows: [
      row({
        what: "guard + scope policy on a 4 KB tools/call, over the framework's own parse",
        ours: `body parsed ${parses === 1 ? "once" : `${parses} times`}, ${us(added)}`,
        aim: "the body parsed once, or ≤ 15 µs",
        reached: parses === 1 || added <= 15,
      }),
    ],
    text: table(
      ["what", "CPU per message"],
      Object.entries(found).map(([name, r]) => [name, us(r.us)]),
    ),
  };
}
