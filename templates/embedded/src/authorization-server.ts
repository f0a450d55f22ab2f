import { createAuthorizationServer } from "mcp-framework-oauth/authorization-server";

/**
 * An authorization server for development, in this process: real flows and real tokens, with users
 * who sign in with a click. It refuses to start under NODE_ENV=production.
 */
export async function startAuthorizationServer(issuer: string, resource: string): Promise<void> {
  const server = await createAuthorizationServer({
    issuer,
    resources: [
      {
        resource,
        name: {{name}},
        // Every scope of a tool needs a line here: the consent page shows the text.
        scopes: { "example:use": "Say something on your behalf" },
      },
    ],
    accounts: [
      { id: "alice", name: "Alice", email: "alice@example.com" },
      { id: "bob", name: "Bob", email: "bob@example.com" },
    ],
  });
  // It must not outlive the MCP server.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
  await server.listen();
  console.error(`Authorization server: ${issuer}`);
}
