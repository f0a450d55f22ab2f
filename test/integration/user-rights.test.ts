import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { MCPTool } from "mcp-framework";
import { z } from "zod";
import { entra, type JwtValidationOptions } from "../../src/index.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";

let administered = 0;

class Administer extends MCPTool {
  name = "administer";
  description = "For administrators";
  schema = z.object({});
  scopes = ["Admin.Write"];

  async execute(): Promise<string> {
    administered += 1;
    return "done";
  }
}

const application = {
  tenantId: "9188040d-6c67-4c5b-b112-36a304b66dad",
  clientId: "11111111-2222-3333-4444-555555555555",
};
const ROLES = { scope: undefined, roles: ["Admin.Write"], azp: "client-1" };

/** The preset's own mapping of claims, for an issuer that answers on loopback. */
function claimsOf(options: Partial<Parameters<typeof entra>[0]> = {}) {
  const [first] = entra({ ...application, ...options }).validation as JwtValidationOptions[];
  return first!.claims!;
}

describe("a tool for administrators, behind the preset for Entra", () => {
  let server: ProtectedServer;
  const seen: unknown[] = [];

  async function start(options: Parameters<typeof claimsOf>[0] = {}): Promise<void> {
    server = await startProtected({
      options: {
        validation: { type: "jwt", claims: claimsOf(options) },
        scopes: {
          authorize: (token) => {
            seen.push(token.claims["roles"]);
            return true;
          },
        },
      },
      server: { tools: [Administer] },
    });
  }
  beforeEach(() => {
    administered = 0;
    seen.length = 0;
  });
  afterEach(() => server.close());

  async function call(claims: Readonly<Record<string, unknown>>): Promise<Response> {
    const token = await server.issuer.sign({ ...ROLES, ...claims });
    const opened = await server.call(token);
    await opened.text();
    return server.call(token, {
      headers: { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" },
      body: {
        jsonrpc: "2.0",
        id: 2,
        method: "tools/call",
        params: { name: "administer", arguments: {} },
      },
    });
  }

  it("is refused to a client whose user is an administrator and granted it reading", async () => {
    await start();
    const response = await call({ scp: "Files.Read", oid: "user-oid" });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(administered).toBe(0);
  });

  it("runs for the scope, and authorize sees the user's roles", async () => {
    await start();
    const response = await call({ scp: "Admin.Write", oid: "user-oid" });
    expect(response.status).toBe(200);
    expect(administered).toBe(1);
    expect(seen).toContainEqual(["Admin.Write"]);
  });

  it("runs for an application that has the role itself", async () => {
    await start();
    expect((await call({ idtyp: "app", oid: "user-1" })).status).toBe(200);
    expect(administered).toBe(1);
  });

  it("runs for the user's role where the author counts roles", async () => {
    await start({ countRoles: true });
    expect((await call({ scp: "Files.Read", oid: "user-oid" })).status).toBe(200);
    expect(administered).toBe(1);
  });
});
