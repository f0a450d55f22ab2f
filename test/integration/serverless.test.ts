import { describe, expect, it } from "@jest/globals";
import { MCPServer } from "mcp-framework";
import { fakeProvider } from "../support/fake-protection.js";
import "../support/mcp-server.js";
import { Gate, rendezvous, WhoAmI, Chatter } from "../support/tools.js";
import { bearer, mcpRequest } from "../support/mcp-request.js";

const HOST = "http://127.0.0.1:8080";
const CALL = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "whoami", arguments: { turns: 5 } },
};

type Place = "auth" | "transport.auth" | "transport.options.auth";

function server(place: Place): MCPServer {
  const { provider } = fakeProvider({ alice: {}, bob: {} });
  const auth = { provider: provider as never };
  const config =
    place === "auth"
      ? { auth }
      : place === "transport.auth"
        ? { transport: { type: "http-stream" as const, auth } }
        : { transport: { type: "http-stream" as const, options: { auth } } };
  const instance = new MCPServer({ name: "t", version: "1", basePath: "/nonexistent", ...config });
  instance.addTool(WhoAmI as never);
  instance.addTool(Chatter as never);
  return instance;
}

function request(body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`${HOST}/mcp`, mcpRequest(body, headers));
}

describe.each<Place>(["auth", "transport.auth", "transport.options.auth"])(
  "handleRequest with the provider in %s",
  (place) => {
    it("refuses a request without a token", async () => {
      const response = await server(place).handleRequest(request(CALL));
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer resource_metadata=/);
    });

    it("refuses an invalid token, for every method", async () => {
      const instance = server(place);
      for (const method of ["GET", "DELETE", "PUT"]) {
        const response = await instance.handleRequest(
          new Request(`${HOST}/mcp`, { method, headers: bearer("mallory") }),
        );
        expect(response.status).toBe(401);
      }
    });

    it("serves a good token, and keeps callers apart", async () => {
      const instance = server(place);
      const answers = await Promise.all(
        ["alice", "bob", "alice", "bob"].map(async (name) => {
          const response = await instance.handleRequest(request(CALL, bearer(name)));
          expect(response.status).toBe(200);
          const { result } = (await response.json()) as { result: { content: { text: string }[] } };
          const said = JSON.parse(result.content[0]!.text);
          return [name, said.before, said.after, said.context.sub];
        }),
      );
      for (const [name, ...said] of answers) expect(said).toEqual([name, name, name]);
    });
  },
);

describe("handleRequest", () => {
  it("publishes the metadata without authentication", async () => {
    const instance = server("auth");
    for (const path of ["", "/mcp"]) {
      const response = await instance.handleRequest(
        new Request(`${HOST}/.well-known/oauth-protected-resource${path}?x=1`),
      );
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ resource: `${HOST}/mcp` });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    }
  });

  it("is protected by the provider of any transport where the first names none", async () => {
    const { provider } = fakeProvider({ alice: {} });
    const auth = { provider: provider as never };
    const protectedHttp = { type: "http-stream" as const, options: { auth } };
    for (const config of [
      { transports: [{ type: "stdio" as const }, protectedHttp] },
      { auth: { endpoints: {} } as never, transport: protectedHttp },
      { auth, transport: { type: "http-stream" as const, auth: { endpoints: {} } as never } },
    ]) {
      const instance = new MCPServer({ name: "t", version: "1", basePath: "/none", ...config });
      instance.addTool(WhoAmI as never);
      expect((await instance.handleRequest(request(CALL))).status).toBe(401);
      expect((await instance.handleRequest(request(CALL, bearer("alice")))).status).toBe(200);
    }
  });

  it("refuses foreign pages and serves allowed ones with one CORS answer", async () => {
    const instance = server("auth");
    const foreign = await instance.handleRequest(
      request(CALL, { ...bearer("alice"), Origin: "https://evil.example" }),
    );
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    const local = await instance.handleRequest(
      request(CALL, { ...bearer("alice"), Origin: "http://localhost:6274" }),
    );
    expect(local.status).toBe(200);
    expect(local.headers.get("access-control-allow-origin")).toBe("http://localhost:6274");
  });

  it("is 400 for a body that is not JSON and 413 for one that is too large", async () => {
    const instance = server("auth");
    const malformed = await instance.handleRequest(request("{", bearer("alice")));
    expect(malformed.status).toBe(400);
    const large = await instance.handleRequest(
      request(JSON.stringify("x".repeat(5_000_000)), bearer("alice")),
    );
    expect(large.status).toBe(413);
  });

  it("does not let a tool's messages out, since there is no stream to carry them", async () => {
    rendezvous.gate = new Gate(1);
    const response = await server("auth").handleRequest(
      request(
        {
          ...CALL,
          params: { name: "chatter", arguments: { say: "hi" }, _meta: { progressToken: 1 } },
        },
        bearer("alice"),
      ),
    );
    const body = (await response.json()) as any;
    expect(JSON.parse(body.result.content[0].text)).toEqual({ said: "hi", subject: "alice" });
  });
});

describe("createLambdaHandler", () => {
  const event = (headers: Record<string, string>, method = "POST", path = "/mcp"): any => ({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: {
      host: "127.0.0.1:8080",
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    requestContext: { http: { method, path, sourceIp: "203.0.113.9" } },
    ...(method === "POST" && { body: JSON.stringify(CALL) }),
    isBase64Encoded: false,
  });

  /** The same request as API Gateway v1 tells it. */
  const restEvent = (headers: Record<string, string>, method = "POST", path = "/mcp"): any => {
    const { headers: all, body } = event(headers, method, path);
    return { httpMethod: method, path, headers: all, body };
  };

  it("challenges an anonymous client and accepts a valid token", async () => {
    const handler = server("auth").createLambdaHandler();
    const refused = await handler(event({}), {});
    expect(refused.statusCode).toBe(401);
    expect(refused.headers["www-authenticate"]).toMatch(/resource_metadata=/);
    const served = await handler(event({ authorization: "Bearer alice" }), {});
    expect(served.statusCode).toBe(200);
    expect(served.body).toContain("alice");
  });

  it.each(["/prod", "/prod/"])(
    "serves what is below basePath %s, and nothing else",
    async (basePath) => {
      const handler = server("auth").createLambdaHandler({ basePath });
      const call = async (path: string, of = event): Promise<number> =>
        (await handler(of({ authorization: "Bearer alice" }, "POST", path), {})).statusCode;
      for (const path of ["/prod/mcp", "/mcp"]) {
        expect([path, await call(path), await call(path, restEvent)]).toEqual([path, 200, 200]);
      }
      for (const path of [
        "/prod@evil",
        "/prod:443/mcp",
        "/prod.evil.example/mcp",
        "/production",
        "mcp",
      ]) {
        expect([path, await call(path), await call(path, restEvent)]).toEqual([path, 404, 404]);
      }
    },
  );

  it("is 400 for an event that is no request", async () => {
    const handler = server("auth").createLambdaHandler();
    for (const spoilt of [event({}, "TRACE"), event({ "bad name": "x" }), restEvent({}, "B AD")]) {
      expect((await handler(spoilt, {})).statusCode).toBe(400);
    }
  });

  it("answers the metadata", async () => {
    const handler = server("auth").createLambdaHandler();
    const path = "/.well-known/oauth-protected-resource/mcp";
    const answer = await handler(event({}, "GET", path), {});
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ resource: `${HOST}/mcp` });
  });
});
