import { describe, expect, it } from "@jest/globals";
import {
  isAllowed,
  mayFetch,
  type ClientDescription,
} from "../../../../src/authorization-server/clients/client-policy.js";
import { redirectUriProblem } from "../../../../src/authorization-server/clients/redirect-uris.js";

const LIST = ["claude.ai", "loopback", "cursor:"];

const registered = (...redirectUris: string[]): ClientDescription => ({
  clientId: "c",
  kind: "registered",
  redirectUris,
});
const document = (host: string, ...redirectUris: string[]): ClientDescription => ({
  clientId: `https://${host}/c`,
  kind: "document",
  host,
  redirectUris,
});

describe("the policy of clients", () => {
  it.each([
    ["a registered client of a listed host", registered("https://claude.ai/cb"), true],
    ["a loopback client", registered("http://127.0.0.1:1/cb", "http://localhost/cb"), true],
    ["a listed scheme", registered("cursor://cb"), true],
    ["another scheme", registered("vscode://cb"), false],
    ["another host among good ones", registered("https://claude.ai/", "https://evil.com/"), false],
    ["a host that only ends like it", registered("https://notclaude.ai/cb"), false],
    ["a user name that looks like it", registered("https://claude.ai@evil.com/"), false],
    ["https on loopback", registered("https://localhost/cb"), false],
    ["no redirect URI", registered(), false],
    ["a document of a listed host", document("claude.ai", "https://elsewhere.example.com/"), true],
    ["a document of another host", document("evil.com", "https://claude.ai/cb"), false],
  ])("as a list: %s", async (_, client, expected) => {
    expect(await isAllowed(LIST, client)).toBe(expected);
  });

  it("contacts only listed hosts for documents", () => {
    expect(mayFetch(LIST, "https://claude.ai/c")).toBe(true);
    expect(mayFetch(LIST, "https://evil.com/c")).toBe(false);
    expect(mayFetch(undefined, "https://evil.com/c")).toBe(true);
  });

  it("accepts only `true` of a function", async () => {
    const client = registered("https://claude.ai/cb");
    expect(await isAllowed(async () => true, client)).toBe(true);
    expect(await isAllowed(() => "yes" as unknown as boolean, client)).toBe(false);
    expect(await isAllowed(undefined, client)).toBe(true);
    await expect(
      isAllowed(() => {
        throw new Error("down");
      }, client),
    ).rejects.toThrow("down");
  });
});

describe("a redirect URI", () => {
  it.each([
    "https://app.example.com/cb?x=1",
    "http://127.0.0.1:53682/cb",
    "http://[::1]/cb",
    "cursor://anysphere.cursor-retrieval/oauth",
    "com.example.app:/cb",
  ])("%s may be used", (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined();
  });

  it.each([
    ["javascript:alert(1)", "scheme javascript"],
    ["JavaScript:alert(1)", "scheme javascript"],
    ["data:text/html,x", "scheme data"],
    ["view-source:https://x", "scheme view-source"],
    ["intent://x#Intent;end", "scheme intent"],
    ["ms-msdt:/id", "scheme ms-msdt"],
    ["https://claude.ai@evil.com/cb", "user name"],
    ["https://claude.ai\\@evil.com/cb", "backslashes"],
    ["https://app.example.com/ cb", "white space"],
    ["/relative", "absolute"],
    [`https://app.example.com/${"x".repeat(2_000)}`, "2000 characters"],
  ])("%s is refused: %s", (uri, problem) => {
    expect(redirectUriProblem(uri)).toContain(problem);
  });
});
