import { describe, expect, it } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import { filterList } from "../../../src/policy/list-filter.js";
import type { PolicyOptions } from "../../../src/policy/scope-options.js";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";

const token = (...scopes: string[]): AccessToken => ({ audience: [], scopes, claims: {} });
const freeze = <T extends object>(value: T): T => {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) freeze(member as object);
  }
  return Object.freeze(value);
};

const LISTS = {
  "tools/list": freeze({
    tools: [{ name: "read", title: "R" }, { name: "delete-a" }, { name: "delete-b" }],
    nextCursor: "next",
    _meta: { a: 1 },
  }),
  "resources/list": freeze({ resources: [{ uri: "a://open" }, { uri: "a://secret/x" }] }),
  "resources/templates/list": freeze({
    resourceTemplates: [{ uriTemplate: "b://{id}" }, { uriTemplate: "a://secret/{id}" }],
  }),
  "prompts/list": freeze({ prompts: [{ name: "hello" }, { name: "inner" }] }),
};
const OPTIONS: PolicyOptions = {
  tools: { "delete-*": ["admin"] },
  resources: { "a://secret/{id}": ["secret"] },
  prompts: { inner: ["inner"] },
};
const filter = (method: keyof typeof LISTS, holder: AccessToken | undefined, options = OPTIONS) =>
  filterList<unknown>(method, LISTS[method], holder, new ScopePolicy(options));

describe("filterList (mcp-lists)", () => {
  it("leaves what the token may use, and the other members", () => {
    expect(filter("tools/list", token())).toEqual({
      tools: [{ name: "read", title: "R" }],
      nextCursor: "next",
      _meta: { a: 1 },
    });
    expect(filter("resources/list", token())).toEqual({ resources: [{ uri: "a://open" }] });
    expect(filter("resources/templates/list", token())).toEqual({
      resourceTemplates: [{ uriTemplate: "b://{id}" }],
    });
    expect(filter("prompts/list", token())).toEqual({ prompts: [{ name: "hello" }] });
  });

  it("returns the very result when the token may use everything", () => {
    for (const method of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
      expect(filter(method, token("admin", "secret", "inner"))).toBe(LISTS[method]);
    }
  });

  it("keeps the cursor of a page that came out empty", () => {
    const options = { tools: { "*": ["x"] } };
    expect(filter("tools/list", token(), options)).toMatchObject({ tools: [], nextCursor: "next" });
  });

  it("knows the scopes of methods, classes and hierarchies", () => {
    const options = { operations: { "tools/call": ["tools"] }, implies: { root: ["tools"] } };
    expect(filter("tools/list", token(), options)).toMatchObject({ tools: [] });
    expect(filter("tools/list", token("root"), options)).toBe(LISTS["tools/list"]);
    const policy = new ScopePolicy({}, ({ name }) => (name === "read" ? ["r"] : undefined));
    const { tools } = filterList(
      "tools/list",
      LISTS["tools/list"],
      token(),
      policy,
    ) as (typeof LISTS)["tools/list"];
    expect(tools.map(({ name }) => name)).toEqual(["delete-a", "delete-b"]);
  });

  it("shows anonymous clients only the public part, also if lists show everything", () => {
    for (const lists of ["filtered", "all"] as const) {
      const options: PolicyOptions = { lists, anonymous: { tools: ["delete-a"] } };
      expect(filter("tools/list", undefined, options)).toMatchObject({
        tools: [{ name: "delete-a" }],
      });
      expect(filter("prompts/list", undefined, options)).toEqual({ prompts: [] });
    }
  });

  it("shows all where the option says so, to those who may list", () => {
    const options: PolicyOptions = {
      ...OPTIONS,
      lists: "all",
      operations: { "tools/list": ["list"] },
      anonymous: { tools: ["read"] },
    };
    expect(filter("tools/list", token("list"), options)).toBe(LISTS["tools/list"]);
    expect(filter("tools/list", token(), options)).toMatchObject({
      tools: [{ name: "read", title: "R" }],
    });
  });

  it("asks authorize, without arguments, and hides what it refuses or cannot tell", async () => {
    const listing: unknown[] = [];
    const policy = new ScopePolicy({
      authorize: (_, operation) => {
        listing.push(operation.isListing, operation.params);
        if (operation.target?.name === "delete-b") throw new Error("no");
        return operation.target?.name === "read" || { scopes: ["x"] };
      },
    });
    const method = "tools/list";
    expect(await filterList(method, LISTS[method], token(), policy)).toMatchObject({
      tools: [{ name: "read" }],
    });
    expect(await filterList(method, LISTS[method], token("x"), policy)).toMatchObject({
      tools: [{ name: "read" }, { name: "delete-a" }],
    });
    expect(listing.slice(0, 2)).toEqual([true, { name: "read" }]);
  });

  it("does not hide what stronger authentication opens", () => {
    const options = { authentication: { tools: { read: { acr: ["gold"] } } } };
    expect(filter("tools/list", token(), options)).toBe(LISTS["tools/list"]);
  });

  it("leaves out entries that cannot be decided", () => {
    const result = { tools: [null, "read", {}, { name: 1 }, { name: "read" }] };
    const policy = new ScopePolicy();
    expect(filterList("tools/list", result, token(), policy)).toEqual({
      tools: [{ name: "read" }],
    });
    expect(filterList<unknown>("tools/list", { tools: "all" }, token(), policy)).toEqual({
      tools: [],
    });
  });

  it("leaves other results alone", () => {
    const policy = new ScopePolicy({ tools: { "*": ["x"] } });
    const result = { tools: [{ name: "a" }] };
    expect(filterList("tools/call", result, token(), policy)).toBe(result);
    expect(filterList("tools/list", undefined, token(), policy)).toBeUndefined();
    const empty = {};
    expect(filterList("tools/list", empty, token(), policy)).toBe(empty);
  });
});
