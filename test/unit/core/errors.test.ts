import { describe, expect, it } from "@jest/globals";
import {
  InvalidTokenError,
  MissingCredentialError,
  UnavailableError,
} from "../../../src/core/errors.js";
import { refusalOf } from "../../../src/gate/answers/refusal.js";

const frames = (error: Error) => (error.stack ?? "").split("\n    at ").length - 1;

describe("a refusal", () => {
  it("does not note where it was thrown; what could not be decided does", () => {
    const limit = Error.stackTraceLimit;
    expect(frames(new InvalidTokenError("expired"))).toBe(0);
    expect(frames(new UnavailableError("internal_error"))).toBeGreaterThan(0);
    expect(Error.stackTraceLimit).toBe(limit);
    expect(frames(new Error("any other"))).toBeGreaterThan(0);
  });

  it("is answered by its class and by what the server's challenges say", () => {
    const context = { scopes: ["a"] };
    const missing = refusalOf(new MissingCredentialError("credential_missing"), context);
    const invalid = refusalOf(new InvalidTokenError("expired"), context);
    expect(missing.headers["WWW-Authenticate"]).toBe('Bearer scope="a"');
    expect(invalid.headers["WWW-Authenticate"]).toContain('error="invalid_token"');
    expect(refusalOf(new InvalidTokenError("custom_unknown"), context)).toEqual(invalid);
    expect(
      refusalOf(new MissingCredentialError("custom_x"), { scopes: ["b"] }).headers,
    ).toMatchObject({
      "WWW-Authenticate": 'Bearer scope="b"',
    });
    const later = new InvalidTokenError("expired", { retryAfterSeconds: 7 });
    expect(refusalOf(later, context).headers["Retry-After"]).toBe("7");
    expect(refusalOf(new InvalidTokenError("expired"), context)).toEqual(invalid);
  });
});
