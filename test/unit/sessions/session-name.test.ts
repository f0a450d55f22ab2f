import { describe, expect, it } from "@jest/globals";
import { sessionNamedBy } from "../../../src/sessions/session-name.js";

const OTHER = { "mcp-session-id": "other" };

describe("the session that a request names", () => {
  it.each([
    ["/messages?sessionId=s1", "s1"],
    ["/messages?x=1&sessionId=s%31", "s1"],
    // A reader that keeps the fragment would look for the revocation of another session.
    ["/messages?sessionId=s1#x", "s1"],
    ["/messages?sessionId=s1&sessionId=s2", undefined],
    ["/messages?sessionid=s1", undefined],
    ["/messages", undefined],
  ])("on SSE is only in the query: %s", (url, id) => {
    expect(sessionNamedBy({ transport: "sse", headers: OTHER, url })).toBe(id);
  });

  it("on HTTP Stream is only in the header", () => {
    const url = "/mcp?sessionId=s1";
    expect(sessionNamedBy({ transport: "http-stream", headers: OTHER, url })).toBe("other");
    expect(sessionNamedBy({ transport: "http-stream", headers: {}, url })).toBeUndefined();
  });
});
