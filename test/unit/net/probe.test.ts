import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { runDoctor } from "../../../src/cli/doctor/run-doctor.js";
import { inspectCertificate, probe } from "../../../src/net/probe.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("probe", () => {
  it("takes every status as an answer, and follows no redirect", async () => {
    const url = await listen((_req, res) => res.writeHead(302, { location: "/x" }).end("moved"));
    expect(await probe(url)).toMatchObject({ status: 302, body: "moved" });
  });

  it("sends method, headers and body", async () => {
    const url = await listen((req, res) => {
      req.on("data", (chunk: Buffer) =>
        res.end(`${req.method} ${req.headers["x-a"] as string} ${String(chunk)}`),
      );
    });
    const { body } = await probe(url, { method: "POST", headers: { "x-a": "1" }, body: "hi" });
    expect(body).toBe("POST 1 hi");
  });

  it("reads no more than it was told", async () => {
    const url = await listen((_req, res) => res.end("x".repeat(100_000)));
    expect((await probe(url, {}, { maxBytes: 10 })).body).toBe("x".repeat(10));
  });

  it("does not wait for the end of an event stream", async () => {
    const url = await listen((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(": hello\n\n");
    });
    expect(await probe(url)).toMatchObject({ status: 200, body: ": hello\n\n" });
  });

  it("gives up on a server that does not answer", async () => {
    const url = await listen(() => undefined);
    await expect(probe(url, {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("says why nothing came, and nothing of what was sent", async () => {
    const url = await listen((_req, res) => res.end());
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
    const failure = await probe(url, { headers: { authorization: "Bearer secret" } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "ECONNREFUSED" });
    expect(JSON.stringify(failure)).not.toContain("secret");
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

(hasOpenssl ? describe : describe.skip)("a server with a certificate of its own", () => {
  async function serveTls(): Promise<string> {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
      ],
      { stdio: "ignore" },
    );
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (_req, res) => res.end(),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  it("is looked at, but sent nothing", async () => {
    const url = new URL(await serveTls());
    const report = await inspectCertificate(url.hostname, Number(url.port));
    expect(report).toMatchObject({ problem: "DEPTH_ZERO_SELF_SIGNED_CERT", protocol: "TLSv1.3" });
    expect((report.expiresAt ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(2 * 86_400);
    await expect(probe(url.href)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("fails the doctor's TLS check, and only that", async () => {
    const url = await serveTls();
    const found = await runDoctor({ url: `${url}/mcp`, clock: () => Date.now() / 1000, env: {} });
    expect(found.filter(({ verdict }) => verdict !== "pass").map(({ check }) => check)).toEqual([
      "tls",
    ]);
  });
});
