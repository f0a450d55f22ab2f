import { createAuthorizationServer, storageFromEnv } from "../../src/authorization-server/index.js";

/*
 * One process of an authorization server, started by `authorization-server-processes.ts`. Its
 * storage is in OAUTH_AS_STORAGE; it writes its URL to its parent.
 */

const { issuer, port, resource } = JSON.parse(process.argv[2] ?? "") as {
  readonly issuer: string;
  readonly port: number;
  readonly resource: string;
};
const server = await createAuthorizationServer({
  issuer,
  resources: [{ resource, tokenAlgorithm: "ES256", scopes: { "mcp:read": "Read" } }],
  accounts: [{ id: "alice" }],
  storage: await storageFromEnv(process.env),
  // A retry of this test may come late on a busy machine.
  refreshReplaySeconds: 300,
  ...(process.env["APPROVE"] === "1" && { autoApprove: true }),
});
await server.listen(port, "127.0.0.1");
process.on("disconnect", () => process.exit());
process.send?.({ url: server.url });
