import { describe, expect, it } from "@jest/globals";
import { protectionOf } from "../../../../src/framework/registry.js";
import { handleServerless } from "../../../../src/framework/adapters/serverless.js";
import { bareServer } from "../../../support/bare-server.js";
import { fakeProvider } from "../../../support/fake-protection.js";

/** One request through the guard, and what the framework was handed. */
async function handle(
  headers: Record<string, string>,
): Promise<{ response: Response; seen: Request[] }> {
  const seen: Request[] = [];
  const request = new Request("http://127.0.0.1:8080/mcp", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
  const protection = protectionOf(fakeProvider({ alice: {} }).provider)!;
  const response = await handleServerless(protection, bareServer, request, undefined, (guarded) => {
    seen.push(guarded);
    // As mcp-framework answers.
    return Promise.resolve(new Response("{}", { headers: { "Access-Control-Allow-Origin": "*" } }));
  });
  return { response, seen };
}

describe("a request that the guard of serverless lets through", () => {
  it("reaches the framework with its body and without its token", async () => {
    const { response, seen } = await handle({ Authorization: "Bearer alice" });
    expect(response.status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.headers.get("authorization")).toBeNull();
    expect(await seen[0]!.json()).toEqual({ jsonrpc: "2.0", id: 1, method: "ping" });
  });

  it("is answered for any page only where the guard says so, not the framework", async () => {
    const { response } = await handle({ Authorization: "Bearer alice" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const origin = "http://localhost:6274";
    const asked = await handle({ Authorization: "Bearer alice", Origin: origin });
    expect(asked.response.headers.get("access-control-allow-origin")).toBe(origin);
  });
});

describe("a request that it refuses", () => {
  it.each([
    [401, {}],
    [401, { Authorization: "Bearer mallory" }],
    [403, { Authorization: "Bearer alice", Origin: "https://evil.example" }],
  ])("never reaches the framework: %d", async (status, headers) => {
    const { response, seen } = await handle(headers);
    expect([response.status, seen.length]).toEqual([status, 0]);
  });
});
