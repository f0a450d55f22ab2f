import { describe, expect, it, jest } from "@jest/globals";
import type { AccessToken } from "../../../../src/core/access-token.js";
import {
  InvalidTokenError,
  UnavailableError,
  type OAuthError,
} from "../../../../src/core/errors.js";

import { outcome } from "../../../support/outcome.js";
import { HybridValidator } from "../../../support/resolved.js";

const NOW = 1_800_000_000;
const token = (fields: Partial<AccessToken> = {}): AccessToken => ({
  subject: "user-1",
  audience: [],
  scopes: ["read"],
  claims: {},
  ...fields,
});

function createHybrid(options: { continueSeconds?: number; maxEntries?: number } = {}) {
  const time = { now: NOW };
  const state: {
    local: AccessToken | OAuthError;
    remote: AccessToken | OAuthError;
  } = { local: token(), remote: token({ subject: "remote", scopes: [] }) };
  const answer = async (value: AccessToken | OAuthError) => {
    if (value instanceof Error) throw value;
    return value;
  };
  const local = { validate: jest.fn((_token: string) => answer(state.local)) };
  const introspection = { validate: jest.fn((_token: string) => answer(state.remote)) };
  const hybrid = new HybridValidator({
    local,
    introspection,
    clock: () => time.now,
    ...options,
  });
  return { hybrid, introspection, state, time };
}

const down = () => new UnavailableError("introspection_timeout");
const revoked = () => new InvalidTokenError("introspection_inactive");

describe("HybridValidator", () => {
  it("returns what the signed token says when introspection does not object", async () => {
    const { hybrid } = createHybrid();
    expect(await hybrid.validate("a")).toMatchObject({ subject: "user-1", scopes: ["read"] });
  });

  it("refuses a revoked token", async () => {
    const { hybrid, state } = createHybrid();
    state.remote = revoked();
    expect(await outcome(hybrid.validate("a"))).toBe("InvalidTokenError introspection_inactive");
  });

  it("refuses a user whom only the answer's username names", async () => {
    const { hybrid, state } = createHybrid();
    const { subject: _, ...nameless } = token();
    state.remote = token({ claims: { username: "alice" } });
    expect(await outcome(hybrid.validate("a"))).toBe("accepted");
    state.local = nameless;
    expect(await outcome(hybrid.validate("b"))).toBe("InvalidTokenError subject_missing");
    state.remote = token();
    expect(await outcome(hybrid.validate("c"))).toBe("accepted");
  });

  it("sends nothing out that fails locally", async () => {
    const { hybrid, state, introspection } = createHybrid();
    state.local = new InvalidTokenError("signature_invalid");
    expect(await outcome(hybrid.validate("a"))).toBe("InvalidTokenError signature_invalid");
    expect(introspection.validate).not.toHaveBeenCalled();
  });

  it("[outage] is unavailable when introspection is, by default even just after a yes", async () => {
    const { hybrid, state } = createHybrid();
    await hybrid.validate("a");
    state.remote = down();
    expect(await outcome(hybrid.validate("a"))).toBe("UnavailableError introspection_timeout");
  });

  it("goes on for so long after the last yes, when wanted", async () => {
    const { hybrid, state, time } = createHybrid({ continueSeconds: 60 });
    await hybrid.validate("a");
    state.remote = down();
    time.now += 59;
    expect(await outcome(hybrid.validate("a"))).toBe("accepted");
    time.now += 1;
    expect(await outcome(hybrid.validate("a"))).toBe("UnavailableError introspection_timeout");
  });

  it("does not go on for a token that was never confirmed", async () => {
    const { hybrid, state } = createHybrid({ continueSeconds: 60 });
    await hybrid.validate("a");
    state.remote = down();
    expect(await outcome(hybrid.validate("b"))).toBe("UnavailableError introspection_timeout");
  });

  it("does not bring a revoked token back in an outage", async () => {
    const { hybrid, state } = createHybrid({ continueSeconds: 60 });
    await hybrid.validate("a");
    state.remote = revoked();
    await outcome(hybrid.validate("a"));
    state.remote = down();
    expect(await outcome(hybrid.validate("a"))).toBe("UnavailableError introspection_timeout");
  });

  it("checks the token itself in an outage as well", async () => {
    const { hybrid, state } = createHybrid({ continueSeconds: 60 });
    await hybrid.validate("a");
    state.remote = down();
    state.local = new InvalidTokenError("expired");
    expect(await outcome(hybrid.validate("a"))).toBe("InvalidTokenError expired");
  });

  it("remembers so many confirmations and no more", async () => {
    const { hybrid, state } = createHybrid({ continueSeconds: 60, maxEntries: 2 });
    for (const text of ["a", "b", "c"]) await hybrid.validate(text);
    state.remote = down();
    expect(await outcome(hybrid.validate("a"))).toMatch(/^UnavailableError/);
    expect(await outcome(hybrid.validate("c"))).toBe("accepted");
  });

  it("binds the token as tightly as either side says, in an outage too", async () => {
    const { hybrid, state } = createHybrid({ continueSeconds: 60 });
    state.remote = token({ confirmation: { jkt: "k" } });
    expect(await hybrid.validate("a")).toMatchObject({ confirmation: { jkt: "k" } });
    state.remote = down();
    expect(await hybrid.validate("a")).toMatchObject({ confirmation: { jkt: "k" } });

    state.local = token({ confirmation: { x5tS256: "c" } });
    state.remote = token({ confirmation: { jkt: "k" } });
    expect((await hybrid.validate("b")).confirmation).toEqual({ jkt: "k", x5tS256: "c" });
    state.remote = token();
    expect((await hybrid.validate("b")).confirmation).toEqual({ x5tS256: "c" });
  });

  it("refuses a token whose two bindings disagree", async () => {
    const { hybrid, state } = createHybrid();
    state.local = token({ confirmation: { jkt: "a" } });
    state.remote = token({ confirmation: { jkt: "b" } });
    expect(await outcome(hybrid.validate("a"))).toBe("InvalidTokenError confirmation_mismatch");
  });

  it("does not blame the token when the server introspects no JWTs", async () => {
    const { hybrid, state } = createHybrid();
    state.remote = new InvalidTokenError("token_type_not_introspectable");
    expect(await outcome(hybrid.validate("a"))).toBe(
      "UnavailableError introspection_cannot_check_jwt",
    );
  });
});
