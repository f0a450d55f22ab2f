import { freePorts, startDemoServers } from "./demo-servers.js";

const PORTS = { authorizationServer: 9000, httpStream: 8080, sse: 8081 };

/** Keeps both servers running, with login and consent pages, until Ctrl-C. */
export async function serveDemo(print: (line: string) => void): Promise<void> {
  const servers = await startDemoServers(await freePorts(PORTS), true);
  const { origin, pathname } = new URL(servers.httpStream);
  print(`
An MCP server that requires access tokens is running, and the authorization server that
issues them. Sign in as Alice or Bob with one click; they have no password.

  MCP, HTTP Stream      ${servers.httpStream}
  MCP, SSE              ${servers.sse}
  authorization server  ${servers.authorizationServer.issuer}

MCP Inspector     npx @modelcontextprotocol/inspector
                  transport "Streamable HTTP", URL ${servers.httpStream}, then Connect
Claude Code       claude mcp add --transport http notes ${servers.httpStream}
                  then /mcp, and Authenticate
VS Code           "MCP: Add Server…", HTTP, ${servers.httpStream}
curl              curl -i -X POST ${servers.httpStream}
                  shows the challenge that starts the flow, and
                  curl ${origin}/.well-known/oauth-protected-resource${pathname}
                  shows the metadata it points to, with the authorization server

Refused requests are logged here with the reason. Press Ctrl-C to stop.
`);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
  await servers.close();
  process.exit(0);
}
