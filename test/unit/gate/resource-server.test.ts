import { describe, expect, it, jest } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import type { AuthRequest } from "../../../src/core/auth-request.js";
import { createSender } from "../../../src/wiring/create-sender.js";
import { InvalidTokenError } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hashes.js";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";
import { ResourceServer, type Authentication } from "../../../src/gate/resource-server.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";

import { fixedClock } from "../../../src/testing/index.js";
import { settings } from "../../support/settings.js";
import { TokenCache } from "../../support/resolved.js";

const resource = "http://127.0.0.1:8080/mcp";

function setUp() {
  const clock = fixedClock();
  const validate = jest.fn(async (text: string): Promise<AccessToken> => {
    if (!text.startsWith("good")) throw new InvalidTokenError("custom_unknown");
    return { subject: text, audience: [resource], scopes: [], claims: {} };
  });
  const sender = createSender(
    settings({ resource, dpop: "off" }),
    new MemoryStore({ clock }),
    clock,
  );
  const server = new ResourceServer({
    validator: new TokenCache({ validate }, { clock }),
    possession: sender.possession,
    revocations: sender.revocations,
    policy: new ScopePolicy(),
    targets: () => [],
    resourceMetadata: `${resource}/metadata`,
    credentialHeader: "authorization",
    exposeToken: false,
    exposesReasons: false,
    clock,
  });
  return { server, validate, clock, revocations: sender.revocations };
}

const CLIENT = { block: "192.0.2.1" };

function requestWith(token: string, session?: string): AuthRequest {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(session !== undefined && { "mcp-session-id": session }),
  };
  return { method: "POST", url: "/mcp", headers, rawHeaders: [], transport: "bare" };
}

describe("a token that was accepted before", () => {
  it("is decided about at once, and the same", async () => {
    const { server, validate } = setUp();
    const first = await server.identify(requestWith("good"), CLIENT);
    const second = server.identify(requestWith("good"), CLIENT);
    expect(second).not.toBeInstanceOf(Promise);
    expect(second).toEqual(first);
    expect((second as Authentication).tokenHash).toBe(sha256("good"));
    expect(validate).toHaveBeenCalledTimes(1);
  });

  it("is refused from the moment it is revoked, by any of its identifiers", async () => {
    for (const revocation of [{ subject: "good" }, { tokenHash: sha256("good") }]) {
      const { server, revocations, clock } = setUp();
      await server.identify(requestWith("good"), CLIENT);
      await server.identify(requestWith("good"), CLIENT);
      await revocations.revoke({ ...revocation, until: clock() + 60 });
      await expect(async () => server.identify(requestWith("good"), CLIENT)).rejects.toMatchObject({
        reason: "token_revoked",
      });
    }
  });

  it("is refused in a revoked session, also after use in another session", async () => {
    const { server, revocations, clock } = setUp();
    await revocations.revoke({ session: "s2", until: clock() + 60 });
    await server.identify(requestWith("good", "s1"), CLIENT);
    await expect(async () =>
      server.identify(requestWith("good", "s2"), CLIENT),
    ).rejects.toMatchObject({
      reason: "session_revoked",
    });
    expect(await server.identify(requestWith("good", "s1"), CLIENT)).toMatchObject({
      scheme: "Bearer",
    });
  });
});

describe("a token that was not", () => {
  it.each(["good, Bearer other", "good other", "good\u00e9", "", "goo=d"])(
    "is looked at character by character before anything else: %j",
    async (text) => {
      const { server, validate } = setUp();
      await server.identify(requestWith("good"), CLIENT);
      await expect(async () => server.identify(requestWith(text), CLIENT)).rejects.toMatchObject({
        reason: "credential_malformed",
      });
      expect(server.describeCredential(requestWith(text))).toBeUndefined();
      expect(validate).toHaveBeenCalledTimes(1);
    },
  );

  it("goes to the validator", async () => {
    const { server, validate } = setUp();
    await expect(async () => server.identify(requestWith("bad"), CLIENT)).rejects.toMatchObject({
      reason: "custom_unknown",
    });
    expect(validate).toHaveBeenCalledTimes(1);
  });
});
