import { describe, expect, it } from "@jest/globals";
import { BodyBudget } from "../../../src/limits/body-budget.js";
import { boundJson } from "../../../src/http/json-bounds.js";
import { smallInitialize } from "../../../src/messages/small-initialize.js";
import { requirement } from "../../support/requirement.js";

const members = (count: number) =>
  `{${Array.from({ length: count }, (_, index) => `"a${index}":1`).join(",")}}`;

describe("JSON before it is parsed", () => {
  it("may nest a hundred times and have fifty thousand members, and no more", () => {
    expect(() => boundJson("[".repeat(100) + "]".repeat(100))).not.toThrow();
    expect(() => boundJson('{"a":'.repeat(101))).toThrow("body_too_deep");
    expect(() => boundJson("[".repeat(101))).toThrow("body_too_deep");
    expect(() => boundJson(members(50_000))).not.toThrow();
    expect(() => boundJson(members(50_001))).toThrow("body_too_many_members");
  });

  it("ignores the content of its strings", () => {
    const nasty = '":[{\\'.repeat(60_000);
    expect(() => boundJson(JSON.stringify({ text: nasty, more: ["\\", '\\"'] }))).not.toThrow();
    expect(() => boundJson(`["\\\\",${"[".repeat(100)}`)).toThrow("body_too_deep");
  });

  it("may be a long list of lists", () => {
    expect(() => boundJson(JSON.stringify(Array(200_000).fill([1])))).not.toThrow();
  });
});

describe("the memory for bodies in progress", () => {
  requirement("avail-fair", "is shared: an address has its part, and all together an end", () => {
    const budget = new BodyBudget({ total: 100, perAddress: 40, perUser: 40 });
    const [a, b, c] = ["a", "b", "c"].map((address) => budget.share(address));
    a!.grow(40);
    expect(() => a!.grow(1)).toThrow("too_many_bodies_of_address");
    expect(() => budget.share("a").grow(1)).toThrow("too_many_bodies_of_address");
    b!.grow(40);
    expect(() => c!.grow(21)).toThrow("too_many_bodies");
    c!.grow(20);
    a!.release();
    a!.release();
    expect(budget.total).toBe(60);
    expect(() => budget.share("a").grow(40)).not.toThrow();
  });

  requirement("avail-fair", "has a share for each user, across all addresses", () => {
    const budget = new BodyBudget({ total: 1000, perAddress: 40, perUser: 30 });
    const one = budget.share("a", "alice");
    one.grow(20);
    budget.share("b", "alice").grow(10);
    expect(() => budget.share("c", "alice").grow(1)).toThrow("too_many_bodies_of_user");
    budget.share("a", "bob").grow(20);
    one.release();
    expect(() => budget.share("c", "alice").grow(20)).not.toThrow();
  });
});

describe("the only body that a user is sending", () => {
  it("may reach the maximum size, and a second one gets no extra budget", () => {
    const budget = new BodyBudget({ total: 1000, perAddress: 100, perUser: 30 });
    const large = budget.share("a", "alice");
    large.grow(20);
    large.grow(40);
    expect(() => budget.share("a", "alice").grow(1)).toThrow("too_many_bodies_of_user");
    expect(() => large.grow(41)).toThrow("too_many_bodies_of_address");
    large.release();
    const [one, two] = [budget.share("a", "alice"), budget.share("b", "alice")];
    one.grow(20);
    two.grow(10);
    expect(() => one.grow(1)).toThrow("too_many_bodies_of_user");
  });
});

describe("what is kept of initialize", () => {
  const base = { jsonrpc: "2.0", id: 0, method: "initialize" };

  it("is all of a usual one", () => {
    const message = {
      ...base,
      params: {
        protocolVersion: "2025-11-25",
        capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {} } },
        clientInfo: { name: "editor", title: "Editor", version: "1.0.0" },
      },
    };
    expect(smallInitialize(message)).toEqual(message);
  });

  requirement(
    "avail-fair",
    "is at most 4 KiB of a large one, without icons and unknown members",
    () => {
      const large = "x".repeat(10_000);
      const kept = JSON.stringify(
        smallInitialize({
          ...base,
          params: {
            protocolVersion: "2025-11-25",
            capabilities: { roots: { large }, sampling: {}, experimental: { large }, other: {} },
            clientInfo: { name: large, version: large, icons: [{ src: large }], other: large },
            _meta: { large },
          },
        }),
      );
      expect(kept.length).toBeLessThan(4_096);
      expect(JSON.parse(kept).params.capabilities).toEqual({ sampling: {} });
      expect(JSON.parse(kept).params.clientInfo.name).toBe("x".repeat(64));
    },
  );

  it.each([{}, { params: 1 }, { params: { clientInfo: 1, capabilities: [] } }])(
    "leaves what is malformed to the SDK: %j",
    (more) => {
      expect(smallInitialize({ ...base, ...more })).toMatchObject({ ...base, ...more });
    },
  );
});
