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
