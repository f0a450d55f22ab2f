import {
  createAuthorizationServerFromEnv,
  type AuthorizationServer,
} from "mcp-framework-oauth/authorization-server";

/**
 * The authorization server in this process, on the port of the MCP server. It keeps clients and
 * sign-ins in OAUTH_AS_STORAGE, so a restart signs no user out.
 *
 * Users sign in with a click, for development: it refuses to start under NODE_ENV=production until
 * every account has a password.
 */
export function startAuthorizationServer(
  issuer: string,
  resource: string,
): Promise<AuthorizationServer> {
  return createAuthorizationServerFromEnv(process.env, {
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
}
