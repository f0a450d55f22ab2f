import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import {
  describeWithOpenssl,
  makeCertificate,
  type TestCertificate,
} from "../support/certificates.js";
import { protect, RESOURCE, type GuardedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";

/*
 * `tls_client_auth` (RFC 8705 §2) at a real TLS server that asks for client
 * certificates of its own authority, through the real way out of the process.
 */

const ISSUER = "https://auth.example.com";

describeWithOpenssl("introspection with a client certificate", () => {
  let authority: TestCertificate;
  let server: TestCertificate;
  let client: TestCertificate;
  /** Has the same name, but no trusted CA signed it. */
  let impostor: TestCertificate;
  let listening: Server | undefined;
  let running: GuardedServer | undefined;
  let asked: { certificate: string | undefined; authorization: unknown; body: string }[] = [];

  beforeAll(() => {
    authority = makeCertificate("Test authority");
    server = makeCertificate("localhost", authority);
    client = makeCertificate("mcp-server", authority);
    impostor = makeCertificate("mcp-server", makeCertificate("Test authority"));
  });
  afterEach(async () => {
    await running?.close();
    listening?.closeAllConnections();
    listening?.close();
    jest.restoreAllMocks();
    running = undefined;
    asked = [];
  });

  /** @param refusesAt where a client without a good certificate learns of it */
  async function listen(refusesAt: "handshake" | "request"): Promise<string> {
    const https = createServer(
      {
        ...{ key: server.key, cert: server.cert, ca: authority.cert },
        requestCert: true,
        rejectUnauthorized: refusesAt === "handshake",
      },
      (request, response) => {
        const socket = request.socket as TLSSocket;
        let body = "";
        request.setEncoding("utf8").on("data", (text: string) => (body += text));
        request.on("end", () => {
          const { CN } = socket.getPeerCertificate().subject ?? {};
          const { authorization } = request.headers;
          asked.push({
            certificate: socket.authorized ? String(CN) : undefined,
            authorization,
            body,
          });
          response.setHeader("Content-Type", "application/json");
          if (!socket.authorized) {
            response.writeHead(401).end(JSON.stringify({ error: "invalid_client" }));
            return;
          }
          const active = new URLSearchParams(body).get("token")?.startsWith("good");
          const exp = Math.floor(Date.now() / 1000) + 300;
          const answer = { active: true, iss: ISSUER, aud: RESOURCE, sub: "ada", exp };
          response.end(JSON.stringify(active ? answer : { active: false }));
        });
      },
    );
    await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
    listening = https;
    return `https://localhost:${(https.address() as AddressInfo).port}/introspect`;
  }

  async function present(
    token: string,
    endpoint: string,
    { cert, key }: TestCertificate,
    ca = authority.cert,
  ) {
    running = await protect({
      authorizationServers: [ISSUER],
      validation: {
        type: "introspection",
        introspection: {
          ...{ endpoint, authMethod: "tls_client_auth", clientId: "mcp-server" },
          tls: { cert, key, ca },
        },
      },
    });
    return running.present(token);
  }

  requirement("intro-auth", "shows it, and nothing else that could be stolen", async () => {
    const endpoint = await listen("handshake");
    const event = await present("good-1", endpoint, client);
    expect(event).toMatchObject({ outcome: "allowed", subject: "ada" });
    expect(await running!.present("bad")).toMatchObject({
      status: 401,
      reason: "introspection_inactive",
    });
    expect(asked).toHaveLength(2);
    for (const { certificate, authorization, body } of asked) {
      expect(certificate).toBe("mcp-server");
      expect(authorization).toBeUndefined();
      expect(new URLSearchParams(body).get("client_id")).toBe("mcp-server");
      expect(body).not.toContain("secret");
    }
  });

  it.each<["handshake" | "request", string]>([
    ["handshake", "introspection_network"],
    ["request", "introspection_unauthorized"],
  ])("[outage] is 503 where the %s refuses another authority's", async (refusesAt, reason) => {
    const event = await present("good-1", await listen(refusesAt), impostor);
    expect(event).toMatchObject({ status: 503, reason });
    expect(asked.map(({ certificate }) => certificate)).not.toContain("mcp-server");
  });

  it.each<["handshake" | "request", string]>([
    ["handshake", "introspection_network"],
    ["request", "introspection_unauthorized"],
  ])("[outage] is 503 where there is none and the %s refuses", async (refusesAt, reason) => {
    const endpoint = await listen(refusesAt);
    running = await protect({
      authorizationServers: [ISSUER],
      validation: {
        type: "introspection",
        introspection: {
          ...{ endpoint, clientId: "mcp-server", clientSecret: "s" },
          tls: { ca: authority.cert },
        },
      },
    });
    expect(await running.present("good-1")).toMatchObject({ status: 503, reason });
  });

  it("says at start that the certificate may be the cause", async () => {
    const { cert, key } = impostor;
    const endpoint = await listen("handshake");
    const line = new Promise<string>((resolve) => {
      jest.spyOn(logger, "warn").mockImplementation((text: string) => {
        if (text.includes("introspection at")) resolve(text);
      });
    });
    running = await protect({
      authorizationServers: ["http://127.0.0.1:1"],
      verifyAtStart: "warn",
      validation: {
        type: "introspection",
        introspection: {
          ...{ endpoint, authMethod: "tls_client_auth", clientId: "mcp-server" },
          tls: { cert, key, ca: authority.cert },
        },
      },
    });
    const said = await line;
    expect(said).toMatch(/introspection_network \(localhost:\d+: [A-Z0-9_]+\)/);
    expect(said).toMatch(/knows the issuer of introspection\.tls\.cert/);
  });

  it("shows it to no server that its own authorities do not know", async () => {
    const endpoint = await listen("request");
    const event = await present("good-1", endpoint, client, impostor.cert);
    expect(event).toMatchObject({ status: 503, reason: "introspection_network" });
    expect(asked).toEqual([]);
  });
});
