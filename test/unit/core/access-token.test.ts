import { describe, expect, it } from "@jest/globals";
import { principalOf, type AccessToken } from "../../../src/core/access-token.js";

const token = (fields: Partial<AccessToken>): AccessToken => ({
  audience: [],
  scopes: [],
  claims: {},
  ...fields,
});

describe("principalOf", () => {
  it("keeps equal subjects of two issuers apart", () => {
    const a = principalOf(token({ issuer: "https://a.example", subject: "1", clientId: "c" }));
    const b = principalOf(token({ issuer: "https://b.example", subject: "1", clientId: "c" }));
    expect(a).not.toBe(b);
  });

  it("keeps two clients of one user apart", () => {
    const a = principalOf(token({ issuer: "https://a.example", subject: "1", clientId: "c" }));
    const b = principalOf(token({ issuer: "https://a.example", subject: "1", clientId: "d" }));
    expect(a).not.toBe(b);
  });

  it("does not let separators in a subject imitate another principal", () => {
    const a = principalOf(token({ issuer: "i", subject: 'x","y', clientId: "z" }));
    const b = principalOf(token({ issuer: "i", subject: "x", clientId: 'y","z' }));
    expect(a).not.toBe(b);
  });

  it("gives no principal to a token without a subject", () => {
    expect(principalOf(token({ issuer: "https://a.example" }))).toBeUndefined();
  });

  it("imports mcp-framework", async () => {
    const framework = await import("mcp-framework");
    expect(typeof framework.MCPServer).toBe("function");
  });
});
