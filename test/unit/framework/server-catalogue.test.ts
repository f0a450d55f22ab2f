import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import type { FrameworkServer } from "../../../src/framework/internals.js";
import { ServerCatalogue } from "../../../src/framework/server-catalogue.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const serverWith = (tool: string, scopes?: unknown): FrameworkServer =>
  ({
    toolsMap: new Map([[tool, { name: tool, scopes }]]),
    resourcesMap: new Map(),
    promptsMap: new Map(),
  }) as unknown as FrameworkServer;

describe("the catalogue of servers", () => {
  it("knows each once", () => {
    const catalogue = new ServerCatalogue();
    const server = serverWith("a", ["read"]);
    expect([catalogue.add(server), catalogue.add(server)]).toEqual([true, false]);
    expect([...catalogue.targets()]).toEqual([{ type: "tool", name: "a" }]);
    expect(catalogue.scopesOf({ type: "tool", name: "a" })).toEqual(["read"]);
  });

  it("requires the scopes of an app's tool, which mcp-framework drops", () => {
    const catalogue = new ServerCatalogue();
    catalogue.add({
      ...serverWith("a"),
      appsMap: new Map([["board", { name: "board", tools: [{ name: "a", scopes: ["admin"] }] }]]),
    });
    expect(catalogue.scopesOf({ type: "tool", name: "a" })).toEqual(["admin"]);
    expect(catalogue.scopesOf({ type: "tool", name: "b" })).toBeUndefined();
  });

  it("refuses a server whose app has a tool with canUse, which mcp-framework would drop", () => {
    const withApp = (tool: object) =>
      ({
        ...serverWith("a"),
        appsMap: new Map([["board", { name: "board", tools: [{ name: "a", ...tool }] }]]),
      }) as unknown as FrameworkServer;
    expect(() => new ServerCatalogue().add(withApp({ canUse: () => false }))).toThrow(
      "canUse of tool a of app board is never called",
    );
    expect(new ServerCatalogue().add(withApp({}))).toBe(true);
  });

  it("asks for what all resources of one name ask for", () => {
    const catalogue = new ServerCatalogue();
    const resource = (uriTemplate: string, scopes?: string[]) => ({
      templateDefinition: { uriTemplate },
      ...(scopes !== undefined && { scopes }),
    });
    catalogue.add({
      ...serverWith("a"),
      resourcesMap: new Map<string, unknown>([
        ["a://open", resource("a://{id}")],
        ["a://secret", resource("a://{id}", ["admin"])],
        ["a://other", resource("a://other/{id}", ["other"])],
        ["a://plain", {}],
      ]),
    } as unknown as FrameworkServer);
    const scopesOf = (name: string) => catalogue.scopesOf({ type: "resource", name });
    expect(scopesOf("a://{id}")).toEqual(["admin"]);
    expect(scopesOf("a://other/{id}")).toEqual(["other"]);
    expect(scopesOf("a://secret")).toEqual(["admin"]);
    expect(scopesOf("a://open")).toBeUndefined();
    expect(scopesOf("a://plain")).toBeUndefined();
  });

  it("keeps none alive, and holds on to the others", async () => {
    const catalogue = new ServerCatalogue();
    const kept = serverWith("kept");
    catalogue.add(kept);
    for (let i = 0; i < 100; i++) catalogue.add(serverWith(`gone-${i}`));
    // A reference that was just looked at lasts until the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect([...catalogue.targets()]).toEqual([{ type: "tool", name: "kept" }]);
    expect(kept.toolsMap.size).toBe(1);
  });
});
