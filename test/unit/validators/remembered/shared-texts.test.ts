import { describe, expect, it } from "@jest/globals";

import { SharedTexts } from "../../../../src/validators/remembered/shared-texts.js";
import { toAccessToken } from "../../../support/resolved.js";

const LONG = "x".repeat(300);

describe("what tokens share", () => {
  it("changes no claim", () => {
    const texts = new SharedTexts();
    const claims = { iss: "a", aud: ["b", "a"], client_id: LONG, scope: "s t", sub: "a", exp: 1 };
    for (let round = 0; round < 3; round++) {
      const shared: Record<string, unknown> = structuredClone(claims);
      texts.shareIn(shared);
      expect(shared).toEqual(claims);
      expect(Object.keys(shared)).toEqual(Object.keys(claims));
    }
    const none = {};
    texts.shareIn(none);
    expect(none).toEqual({});
  });

  it("stays right when there is too much to keep", () => {
    const texts = new SharedTexts();
    for (let i = 0; i < 2500; i++) {
      const claims = { iss: `issuer-${i}`, scope: `scope-${i % 7}` };
      const shared = { ...claims };
      texts.shareIn(shared);
      expect(shared).toEqual(claims);
    }
  });

  it.each([
    ["one that looks like two", '["a","b"]', "a b"],
    ["one that looks like one", "=a", "a"],
    ["another order", "b a", "a b"],
    ["one with more", "a b", "a b c"],
    ["none", "", "a"],
  ])("never gives a token the scopes of %s", (_, first, second) => {
    const scopesOf = (scope: string) => toAccessToken({ scope }).scopes;
    const expected = (scope: string) => scope.split(" ").filter((one) => one !== "");
    expect(scopesOf(first)).toEqual(expected(first));
    expect(scopesOf(second)).toEqual(expected(second));
    expect(scopesOf(first)).toEqual(expected(first));
  });

  it("is one frozen list, which leaves the claims' own alone", () => {
    const aud = ["a", "b"];
    const first = toAccessToken({ aud: [...aud], scope: "x" });
    const second = toAccessToken({ aud: [...aud], scope: "x" });
    expect(first.scopes).toBe(second.scopes);
    expect(first.audience).toBe(second.audience);
    expect(first.audience).not.toBe(first.claims["aud"]);
    expect(Object.isFrozen(first.audience) && Object.isFrozen(first.scopes)).toBe(true);
  });
});
