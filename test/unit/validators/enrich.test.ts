import { describe, expect, it, jest } from "@jest/globals";
import { InvalidTokenError } from "../../../src/core/errors.js";
import { createEnricher, type Enrich } from "../../../src/validators/enrich.js";
import { outcome } from "../../support/outcome.js";

const TOKEN = { subject: "user-1", audience: [], scopes: [], claims: {} };
const run = (enrich: unknown) => createEnricher(enrich as Enrich)(TOKEN);

describe("createEnricher", () => {
  it("adds what the application knows, for all requests alike", async () => {
    const given = { organisation: "o-1", client: { connected: true } };
    const token = await run(async () => given);
    expect(token).toEqual({ ...TOKEN, data: given });
    expect(() => Object.assign(token.data!, { organisation: "o-2" })).toThrow(TypeError);
    expect(() => Object.assign(token, { data: {} })).toThrow(TypeError);
    // The application's own objects stay usable.
    given.client.connected = false;
    given.organisation = "o-2";
    expect(token.data).toMatchObject({ organisation: "o-1" });
  });

  it.each([undefined, null, "text", 1, true, [["a", 1]]])(
    "is unavailable for %p",
    async (value) => {
      expect(await outcome(run(() => value))).toBe("UnavailableError enrich_malformed");
    },
  );

  it("is unavailable when the hook throws, unless it refuses on purpose", async () => {
    const throwing = (error: unknown) => () => {
      throw error;
    };
    expect(await outcome(run(throwing(new Error("down"))))).toBe("UnavailableError enrich_failed");
    expect(await outcome(run(throwing("text")))).toBe("UnavailableError enrich_failed");
    expect(await outcome(run(throwing(new InvalidTokenError("custom_user_locked"))))).toBe(
      "InvalidTokenError custom_user_locked",
    );
  });

  it("gives up on a hook that hangs", async () => {
    jest.useFakeTimers();
    try {
      const result = outcome(run(() => new Promise(() => undefined)));
      await jest.advanceTimersByTimeAsync(5000);
      expect(await result).toBe("UnavailableError enrich_timeout");
    } finally {
      jest.useRealTimers();
    }
  });
});
