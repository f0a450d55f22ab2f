import { describe, expect, it } from "@jest/globals";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";

const policy = new ScopePolicy(
  {
    required: ["access"],
    operations: { "tools/call": ["tools"], "acme/*": ["acme"] },
    tools: { "delete-*": [{ anyOf: ["admin", { allOf: ["files:write", "files:delete"] }] }] },
    resources: { "file:///private/{id}": ["private"] },
    implies: { "files:all": ["files:write", "files:delete"] },
    anonymous: { tools: ["search"] },
    authentication: { tools: { "delete-*": { maxAge: 300 } } },
  },
  ({ name }) => (name === "delete-file" ? ["own"] : undefined),
);
const TARGETS = [
  { type: "tool", name: "delete-file" },
  { type: "prompt", name: "greet" },
] as const;
const row = (method: string, name?: string) =>
  policy
    .requirements(TARGETS)
    .find((candidate) => candidate.method === method && candidate.name === name);

describe("requirements of operations", () => {
  it("add up what every request, the method, the name and the class require", () => {
    expect(row("tools/call", "delete-file")).toEqual({
      method: "tools/call",
      name: "delete-file",
      isPublic: false,
      scopes: [
        "access",
        "tools",
        { anyOf: ["admin", { allOf: ["files:write", "files:delete"] }] },
        "own",
      ],
      authentication: { maxAge: 300 },
    });
  });

  it("are listed for methods, for patterns, and for what the server has", () => {
    expect(row("prompts/list")?.scopes).toEqual(["access"]);
    expect(row("tools/call")?.scopes).toEqual(["access", "tools"]);
    expect(row("tools/call", "delete-*")?.scopes).toHaveLength(3);
    expect(row("resources/read", "file:///private/{id}")?.scopes).toEqual(["access", "private"]);
    expect(row("prompts/get", "greet")?.scopes).toEqual(["access"]);
    expect(row("acme/*")?.scopes).toEqual(["access", "acme"]);
    expect(row("notifications/initialized")).toBeUndefined();
  });

  it("say what is public, of names and of methods", () => {
    expect(row("tools/call", "search")).toMatchObject({ isPublic: true, scopes: [] });
    expect(row("initialize")).toMatchObject({ isPublic: true, scopes: [] });
    expect(row("tools/call", "delete-file")?.isPublic).toBe(false);
  });

  it("agree with what the policy decides about a token", async () => {
    for (const scopes of [
      [],
      ["access"],
      ["access", "tools"],
      ["access", "tools", "files:all", "own"],
      ["access", "private"],
      ["tools", "admin", "own"],
    ]) {
      const token = {
        subject: "alice",
        audience: [],
        scopes,
        claims: {},
        authTime: Date.now() / 1000,
      };
      const open = policy.requirements(TARGETS, scopes);
      for (const { method, name } of policy.requirements(TARGETS)) {
        const type = {
          "tools/call": "tool",
          "resources/read": "resource",
          "prompts/get": "prompt",
        }[method] as "tool" | undefined;
        const operation = {
          kind: "request" as const,
          method,
          ...(name !== undefined && type !== undefined && { target: { type, name } }),
        };
        const { allowed } = await policy.decide(token, [operation]);
        const isListed = open.some((other) => other.method === method && other.name === name);
        expect([scopes, method, name, isListed]).toEqual([scopes, method, name, allowed]);
      }
    }
  });
});
