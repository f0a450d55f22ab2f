import { createServer } from "node:http";

/**
 * Metadata, keys and introspection of an authorization server, on loopback, with the faults that
 * benchmarks ask for. `keys` may be changed at any time.
 */
export async function startKeySetServer(keys) {
  const state = {
    keys: [...keys],
    /** `up`, `down` (503) or `hang` (takes the question, never answers). */
    mode: "up",
    fetches: [],
    introspections: 0,
    introspectionMs: 50,
  };
  const server = createServer((req, res) => {
    const send = (body) =>
      res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    const path = req.url.split("?")[0];
    if (path === "/introspect") {
      state.introspections += 1;
      req.resume();
      const now = Math.floor(Date.now() / 1000);
      const { url } = state;
      setTimeout(
        () =>
          send({
            active: true,
            iss: url,
            aud: state.audience,
            sub: "user-1",
            client_id: "client-1",
            scope: "mcp:read",
            token_type: "Bearer",
            iat: now,
            exp: now + 600,
          }),
        state.introspectionMs,
      );
      return;
    }
    if (path === "/jwks") state.fetches.push(performance.now());
    if (state.mode === "hang") return;
    if (state.mode === "down") return res.writeHead(503).end();
    if (path === "/jwks") return send({ keys: state.keys.map(({ jwk }) => jwk) });
    if (path.startsWith("/.well-known/")) {
      return send({
        issuer: state.url,
        jwks_uri: `${state.url}/jwks`,
        introspection_endpoint: `${state.url}/introspect`,
        authorization_endpoint: `${state.url}/authorize`,
        token_endpoint: `${state.url}/token`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      });
    }
    res.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return state;
}
