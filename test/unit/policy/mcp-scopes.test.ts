import { describe, expect, it } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import { parseOperations } from "../../../src/messages/operation.js";
import { mcpScopes } from "../../../src/policy/mcp-scopes.js";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";

const token = (scopes: string): AccessToken => ({
  audience: [],
  scopes: scopes.split(" "),
  claims: {},
});
const ref = (type: string, member: string) => ({ ref: { type, [member]: "x" } });
const OPERATIONS: [string, object, string][] = [
  ["tools/list", {}, "mcp:tools"],
  ["tools/call", { name: "x" }, "mcp:tools"],
  ["tasks/get", { taskId: "x" }, "mcp:tools"],
  ["resources/list", {}, "mcp:resources"],
  ["resources/templates/list", {}, "mcp:resources"],
  ["resources/read", { uri: "x" }, "mcp:resources"],
  ["resources/subscribe", { uri: "x" }, "mcp:resources"],
  ["prompts/list", {}, "mcp:prompts"],
  ["prompts/get", { name: "x" }, "mcp:prompts"],
  ["completion/complete", ref("ref/prompt", "name"), "mcp:prompts"],
  ["completion/complete", ref("ref/resource", "uri"), "mcp:resources"],
  ["logging/setLevel", { level: "info" }, "mcp:admin"],
];
const ALL = ["mcp:tools", "mcp:resources", "mcp:prompts", "mcp:admin"];

describe("mcpScopes", () => {
  it.each(OPERATIONS)("%s %j needs %s or administration", (method, params, needed) => {
    const policy = new ScopePolicy(mcpScopes());
    const operations = parseOperations({ jsonrpc: "2.0", id: 1, method, params });
    for (const scope of ALL) {
      const decision = policy.decide(token(scope), operations);
      expect(decision).toMatchObject({ allowed: scope === needed || scope === "mcp:admin" });
    }
  });

  it("lets everyone connect", () => {
    const connect = parseOperations({ jsonrpc: "2.0", id: 1, method: "initialize" });
    expect(new ScopePolicy(mcpScopes()).decide(token("x"), connect)).toEqual({ allowed: true });
  });

  it.each([
    ["tool", "mcp:tools"],
    ["resource", "mcp:resources"],
    ["prompt", "mcp:prompts"],
  ] as const)("challenges anonymous clients with one everyday scope, for a %s", (type, scope) => {
    const targets = [{ type, name: "x" }];
    expect(new ScopePolicy(mcpScopes()).challengeScope(targets)).toEqual([scope]);
  });

  it("takes other names, also one for all", () => {
    expect(mcpScopes({ tools: "t" }).operations["tools/*"]).toEqual(["t"]);
    const names = { tools: "mcp", resources: "mcp", prompts: "mcp", admin: "mcp" };
    expect(() => new ScopePolicy(mcpScopes(names))).not.toThrow();
  });

  it("describes every scope", () => {
    expect(Object.keys(mcpScopes().descriptions)).toEqual(ALL);
  });
});
