import { request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, expect, it } from "@jest/globals";
import type { CertificateEncoding } from "../../src/binding/certificate.js";
import { INITIALIZE } from "../support/initialize.js";
import {
  describeWithOpenssl,
  makeCertificate,
  type TestCertificate,
} from "../support/certificates.js";
import type { RunningServer } from "../support/mcp-server.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";

/*
 * Tokens bound to client certificates (RFC 8705 §3), over real TLS with
 * certificates made here. mcp-framework listens on plain HTTP, so the
 * certificate is seen either by an application's own HTTPS server, which asks
 * `authenticate(req)`, or by a proxy that ends TLS and passes it on in a header.
 */

/** Where the proxy speaks from: loopback is a whole network. */
const PROXY_ADDRESS = "127.0.0.2";

const BODY = JSON.stringify(INITIALIZE);

const ENCODE: Record<CertificateEncoding, (certificate: TestCertificate) => string> = {
  rfc9440: ({ der }) => `:${der.toString("base64")}:`,
  "base64-der": ({ der }) => der.toString("base64"),
  "pem-urlencoded": ({ cert }) => encodeURIComponent(cert),
};

describeWithOpenssl("tokens bound to client certificates", () => {
  const suite = protectedSuite({ rateLimit: false });
  const { issuer, events, provider } = suite;
  let server: TestCertificate;
  let alice: TestCertificate;
  let mallory: TestCertificate;
  let closing: (() => unknown)[] = [];

  beforeAll(() => {
    [server, alice, mallory] = ["localhost", "alice", "mallory"].map((name) =>
      makeCertificate(name),
    ) as [TestCertificate, TestCertificate, TestCertificate];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    closing = [];
  });

  const boundTo = ({ der }: TestCertificate) =>
    issuer.sign({
      cnf: { "x5t#S256": createHash("sha256").update(der).digest("base64url") },
    });

  async function listen(https: Server): Promise<number> {
    await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      https.closeAllConnections();
      https.close();
    });
    return (https.address() as AddressInfo).port;
  }

  /** TLS that asks for a client certificate and knows both clients'. */
  const tls = () => ({
    key: server.key,
    cert: server.cert,
    ca: [alice.cert, mallory.cert],
    requestCert: true,
    // A client may come without one: then it has only unbound tokens.
    rejectUnauthorized: false,
  });

  async function post(
    port: number,
    token: string,
    certificate?: TestCertificate,
    extra: { headers?: Record<string, string>; agent?: Agent } = {},
  ): Promise<{ status: number; resumed: boolean }> {
    const req = httpsRequest({
      host: "localhost",
      family: 4,
      port,
      path: "/mcp",
      method: "POST",
      ca: server.cert,
      agent: extra.agent ?? false,
      ...(certificate !== undefined && { key: certificate.key, cert: certificate.cert }),
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...extra.headers,
      },
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      req.once("response", resolve).once("error", reject);
      req.end(BODY);
    });
    const resumed = (response.socket as TLSSocket).isSessionReused();
    response.resume();
    await new Promise((resolve) => response.once("close", resolve));
    return { status: response.statusCode ?? 0, resumed };
  }

  it("are good with their certificate only, at an application's own TLS server", async () => {
    const bare = provider();
    const port = await listen(
      createServer(tls(), (req, res) => {
        void bare.authenticate(req).then((result) => res.writeHead(result ? 200 : 401).end());
      }),
    );
    const token = await boundTo(alice);
    expect((await post(port, token, alice)).status).toBe(200);
    expect((await post(port, token, mallory)).status).toBe(401);
    expect(events.at(-1)?.reason).toBe("certificate_mismatch");
    expect((await post(port, token)).status).toBe(401);
    expect(events.at(-1)?.reason).toBe("certificate_missing");
    expect((await post(port, await issuer.sign(), mallory)).status).toBe(200);

    // No proxy is configured: a header with Alice's certificate proves nothing.
    const headers = { "Client-Cert": ENCODE.rfc9440(alice) };
    expect((await post(port, token, mallory, { headers })).status).toBe(401);
  });

  it("are good on a resumed connection as well", async () => {
    const bare = provider();
    const port = await listen(
      createServer(tls(), (req, res) => {
        void bare.authenticate(req).then((result) => res.writeHead(result ? 200 : 401).end());
      }),
    );
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    const token = await boundTo(alice);
    const answers = [
      await post(port, token, alice, { agent }),
      await post(port, token, alice, { agent }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]!.resumed).toBe(true);
  });

  /** Ends TLS and tells the client's certificate in a header, as nginx, HAProxy and others do. */
  async function startProxy(
    target: RunningServer,
    header: string,
    encoding: CertificateEncoding,
  ): Promise<number> {
    return listen(
      createServer(tls(), (req, res) => {
        const { raw } = (req.socket as TLSSocket).getPeerCertificate();
        const headers = { ...req.headers };
        delete headers[header.toLowerCase()];
        if (raw !== undefined) {
          const pem = `-----BEGIN CERTIFICATE-----\n${raw.toString("base64")}\n-----END CERTIFICATE-----\n`;
          headers[header.toLowerCase()] = ENCODE[encoding]({ key: "", cert: pem, der: raw });
        }
        const onward = httpRequest({
          host: "127.0.0.1",
          port: target.port,
          localAddress: PROXY_ADDRESS,
          path: req.url,
          method: req.method,
          headers,
          agent: false,
        });
        onward.on("response", (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        });
        onward.on("error", () => res.destroy());
        req.pipe(onward);
      }),
    );
  }

  it.each<[CertificateEncoding, string | undefined]>([
    ["rfc9440", undefined],
    ["pem-urlencoded", "X-Ssl-Client-Cert"],
    ["base64-der", "X-Client-Der"],
  ])("are good behind a proxy that tells the certificate (%s)", async (encoding, header) => {
    const proxy = {
      addresses: [PROXY_ADDRESS],
      encoding,
      ...(header !== undefined && { header }),
    };
    const target = await suite.start({ mtls: { proxy } });
    const name = header ?? "Client-Cert";
    const port = await startProxy(target, name, encoding);
    const token = await boundTo(alice);
    expect((await post(port, token, alice)).status).toBe(200);
    expect((await post(port, token, mallory)).status).toBe(401);
    expect((await post(port, token)).status).toBe(401);

    // A request that bypasses the proxy can set any header.
    const direct = await fetch(target.url, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        [name]: ENCODE[encoding](alice),
      },
      body: BODY,
    });
    expect([direct.status, events.at(-1)?.reason]).toEqual([401, "certificate_missing"]);
  });

  requirement("mtls-cnf", "are the only ones where the server asks for them", async () => {
    const target = await suite.start({
      mtls: { required: true, proxy: { addresses: [PROXY_ADDRESS] } },
    });
    const port = await startProxy(target, "Client-Cert", "rfc9440");
    expect((await post(port, await issuer.sign(), alice)).status).toBe(401);
    expect(events.at(-1)?.reason).toBe("certificate_binding_required");
    expect((await post(port, await boundTo(alice), alice)).status).toBe(200);
  });
});
