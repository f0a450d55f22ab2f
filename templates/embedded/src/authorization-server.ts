import { createAuthorizationServer } from "mcp-framework-oauth/authorization-server";

/**
 * An authorization server for development, in this process: real flows and real tokens, and people
 * who sign in with a click. It refuses to start under NODE_ENV=production.
 */
export async function startAuthorizationServer(issuer: string, resource: string): Promise<void> {
  const server = await createAuthorizationServer({
    issuer,
    resources: [
      {
        resource,
        name: {{name}},
        // Every scope that a tool asks for needs a line here: the consent page shows the words.
        scopes: { "example:use": "Say something in your name" },
      },
    ],
    accounts: [
      { id: "alice", name: "Alice", email: "alice@example.com" },
      { id: "bob", name: "Bob", email: "bob@example.com" },
    ],
  });
  // It must not outlive the server that it stands beside.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
  await server.listen();
  console.error(`Authorization server: ${issuer}`);
}
