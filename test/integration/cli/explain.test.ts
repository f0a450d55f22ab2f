import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTestIssuer } from "../../../src/testing/index.js";
import { explainToken } from "../../../src/cli/explain/explain-token.js";
import { settings } from "../../support/settings.js";
import { runCli } from "../../support/cli.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const RESOURCE = "https://mcp.example.com/mcp";

/** An issuer whose every received byte is kept. */
let server: Server;
let url: string;
const received: string[] = [];
const issuer = createTestIssuer({ resource: RESOURCE, algorithm: "RS256" });

beforeAll(async () => {
  const backend = await issuer.listen();
  server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += String(chunk)));
    req.on("end", () => {
      received.push(`${req.url} ${JSON.stringify(req.headers)} ${body}`);
      void fetch(backend.url + (req.url ?? ""), {
        method: req.method ?? "GET",
        ...(body !== "" && {
          body,
          headers: { "content-type": "application/x-www-form-urlencoded" },
        }),
      }).then(async (answer) => {
        res.writeHead(answer.status, { "content-type": "application/json" });
        res.end((await answer.text()).replaceAll(backend.url, url));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.once("close", () => void backend.close());
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const flags = () => ["--issuer", url, "--resource", RESOURCE];
const sign = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  issuer.sign({ iss: url, ...claims }, header);

describe("explain", () => {
  it("accepts a good token, and says what is in it in plain words", async () => {
    const token = await sign();
    const { status, stdout } = await runCli(["explain", token, ...flags()]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ This server accepts the token\./);
    expect(stdout).toMatch(/aud \(audience\) +https:\/\/mcp\.example\.com\/mcp/);
    expect(stdout).toMatch(/exp \(expires\) .* UTC \(in 4 minutes\)/);
    expect(stdout).toMatch(/✓ signature/);
  });

  it("puts the first thing that is wrong on top, with its cause and cure", async () => {
    const token = await sign({ exp: 1, aud: "client-1" });
    const { status, stdout } = await runCli(["explain", token, ...flags()]);
    expect(status).toBe(1);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("✗ This server refuses the token: expired");
    expect(lines[2]).toMatch(/^ {2}fix: /);
    const checks = lines.slice(lines.indexOf("Checks") + 1);
    expect(checks.slice(0, 3)).toEqual([
      "  ✗ expiry  expired",
      "  ✗ audience  audience_mismatch",
      "  ✓ form",
    ]);
  });

  it("takes the token from standard input, however it was copied", async () => {
    const token = await sign();
    for (const stdin of [
      token,
      `${token}\n`,
      `Bearer ${token}`,
      `"${token}"`,
      `Authorization: Bearer ${token}\r\n`,
    ]) {
      expect((await runCli(["explain", ...flags()], { stdin })).status).toBe(0);
      expect((await runCli(["explain", "-", ...flags()], { stdin })).status).toBe(0);
    }
  });

  it("asks for the token at a terminal, and does not show what is pasted", async () => {
    const token = await sign();
    const asked = await runCli(["explain", ...flags()], { terminal: true, stdin: `${token}\r` });
    expect(asked.status).toBe(0);
    expect(asked.stdout).toContain("Paste the token");
    expect(asked.stdout).toContain("This server accepts the token.");
    for (const part of token.split(".")) expect(asked.stdout + asked.stderr).not.toContain(part);
    // Ctrl-C
    const left = await runCli(["explain", ...flags()], { terminal: true, stdin: "\u0003" });
    expect(left).toMatchObject({ status: 1, stderr: expect.stringContaining("Cancelled") });
  });

  it("does not prompt on a build server", async () => {
    const asked = await runCli(["explain"], { terminal: true, stdin: "x\r", env: { CI: "true" } });
    expect(asked).toMatchObject({ status: 2, stderr: expect.stringContaining("no token") });
  });

  it("never shows the signature, and sends a JWT nowhere", async () => {
    received.length = 0;
    for (const token of [
      await sign(),
      await sign({ exp: 1 }),
      await issuer.signWithWrongKey({ iss: url }),
    ]) {
      const signature = token.split(".")[2] ?? "";
      for (const more of [[], ["--json"]]) {
        const { stdout, stderr } = await runCli(["explain", token, ...flags(), ...more], {
          env: { DEBUG: "1" },
        });
        expect(stdout + stderr).not.toContain(signature.slice(0, 20));
      }
      expect(received.join("\n")).not.toContain(token.split(".")[1]);
    }
    expect(received.length).toBeGreaterThan(0);
  });

  it("sends an opaque token to the configured introspection endpoint, and nowhere else", async () => {
    received.length = 0;
    const token = issuer.opaque({ iss: url });
    const options = settings({
      resource: RESOURCE,
      authorizationServers: [url],
      validation: {
        type: "introspection",
        introspection: { endpoint: `${url}/introspect`, clientId: "me", clientSecret: "secret" },
      },
    });
    const explanation = await explainToken(token, options, () => Date.now() / 1000);
    expect(explanation).toMatchObject({ verdict: "accepted", token: { form: "opaque" } });
    expect(
      received.filter((request) => request.includes(token)).map((request) => request.split(" ")[0]),
    ).toEqual(["/introspect"]);

    issuer.revoke(token);
    expect(await explainToken(token, options, () => Date.now() / 1000)).toMatchObject({
      verdict: "refused",
      reason: "introspection_inactive",
    });
  });

  it("says that it cannot tell while the issuer is away, and does not blame the token", async () => {
    const { status, stdout } = await runCli([
      "explain",
      await issuer.sign({ iss: "http://127.0.0.1:1" }),
      "--issuer",
      "http://127.0.0.1:1",
      "--resource",
      RESOURCE,
    ]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^! This server cannot validate the token now, and answers 503: discovery_unreachable/,
    );
    expect(stdout).toMatch(/says nothing about the token/);
  });

  it("tells of scopes and keys that a good token still needs", async () => {
    const explanation = await explainToken(
      await sign({ cnf: { jkt: "x" } }),
      settings({
        resource: RESOURCE,
        authorizationServers: [url],
        scopes: ["mcp:read", "mcp:write"],
      }),
      () => Date.now() / 1000,
    );
    expect(explanation.verdict).toBe("accepted");
    expect(explanation.notes.join(" ")).toMatch(/lacks the scope mcp:write.*DPoP proof/);
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await runCli(["explain", await sign({ aud: "x" }), ...flags(), "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: false,
      verdict: "refused",
      reason: "audience_mismatch",
      claims: { aud: "x" },
    });
  });

  it("reads a token without a verdict when nothing is configured", async () => {
    const { status, stdout, stderr } = await runCli(["explain", await sign()]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Header\n/);
    expect(stderr).toMatch(/For a verdict, set --env, or --issuer and --resource/);
  });

  it("takes keys from a file instead of the issuer", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "key.json"), JSON.stringify(issuer.jwks.keys[0]));
    const token = await sign();
    const args = ["explain", token, ...flags(), "--public-key", "key.json"];
    expect((await runCli(args, { cwd: folder })).status).toBe(0);
    expect(
      (await runCli(["explain", token, ...flags(), "--public-key", "nope"], { cwd: folder }))
        .status,
    ).toBe(2);
  });

  it.each([
    [["explain", "x", "--issuer", "https://auth.example.com"], /--issuer needs --resource/],
    [["explain", ""], /There is no token/],
    [["explain", "x", "--env", "missing.env"], /missing.env cannot be read/],
  ])("answers %j with status 2", async (args, message) => {
    const { status, stderr } = await runCli(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
