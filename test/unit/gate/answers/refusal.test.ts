import { describe, expect, it } from "@jest/globals";
import {
  InvalidTokenError,
  RateLimitedError,
  UnavailableError,
} from "../../../../src/core/errors.js";
import { refusalOf, toOAuthError } from "../../../../src/gate/answers/refusal.js";

const CONTEXT = { scopes: [] };

describe("the answer to a refused request", () => {
  it.each([
    [0, "1"],
    [0.2, "1"],
    [1, "1"],
    [1.2, "2"],
    [30, "30"],
  ])("asks to wait whole seconds, at least one: %d", (seconds, header) => {
    const error = new RateLimitedError("too_many_failures", { retryAfterSeconds: seconds });
    expect(refusalOf(error, CONTEXT).headers["Retry-After"]).toBe(header);
  });

  it("is never kept", () => {
    const { headers } = refusalOf(new UnavailableError("internal_error"), CONTEXT);
    expect(headers["Cache-Control"]).toBe("no-store");
  });

  it("to an internal error is 503 without details", () => {
    const answer = refusalOf(toOAuthError(new TypeError("secret of the store")), CONTEXT);
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  it("has the same bytes for every invalid token, unless reasons are exposed", () => {
    const errors = [new InvalidTokenError("expired"), new InvalidTokenError("audience_mismatch")];
    const [expired, audience] = errors.map((error) => refusalOf(error, CONTEXT).body);
    expect(expired).toBe(audience);
    const exposing = { ...CONTEXT, exposesReasons: true };
    const reasons = errors.map((error) => JSON.parse(String(refusalOf(error, exposing).body)));
    expect(reasons).toMatchObject([{ reason: "expired" }, { reason: "audience_mismatch" }]);
  });
});
