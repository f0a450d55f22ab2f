import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { MemoryStore } from "../../src/index.js";
import { createDPoPClient, type DPoPProofOptions } from "../../src/testing/index.js";
import { INITIALIZE } from "../support/initialize.js";
import type { TransportName } from "../support/mcp-server.js";
import { RESOURCE } from "../support/protected.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";
import { mcpRequest, post } from "../support/mcp-request.js";

/*
 * DPoP over real HTTP: a real mcp-framework server, a real issuer on loopback.
 * The resource says https and another host and port than the server has, as
 * behind a proxy: what counts is what is configured.
 */

const SECRET = Buffer.alloc(32, 7).toString("base64url");
const suite = protectedSuite({ rateLimit: false });
const { clock, issuer, events } = suite;
const client = createDPoPClient({ clock });
const start = async (...args: Parameters<typeof suite.start>) =>
  (await suite.start(...args)).provider;

const BODY = JSON.stringify(INITIALIZE);

const boundToken = () => issuer.sign({ cnf: { jkt: client.jkt } });

interface Call {
  readonly token: string;
  readonly scheme?: "Bearer" | "DPoP";
  readonly proof?: Partial<DPoPProofOptions> | false;
  readonly headers?: Record<string, string>;
}

/** A good DPoP request, with one thing spoilt. */
async function call({ token, scheme = "DPoP", proof = {}, headers = {} }: Call): Promise<Response> {
  const made =
    proof === false
      ? undefined
      : await client.proof({ method: "POST", url: RESOURCE, accessToken: token, ...proof });
  return post(suite.running.url, INITIALIZE, {
    Authorization: `${scheme} ${token}`,
    ...(made !== undefined && { DPoP: made }),
    ...headers,
  });
}

const reason = () => events.at(-1)?.reason;

describe("a bound token", () => {
  requirement("dpop-bind", "opens the door with its proof", async () => {
    await start();
    expect((await call({ token: await boundToken() })).status).toBe(200);
  });

  requirement("dpop-bind", "is refused as Bearer, with or without a proof", async () => {
    await start();
    const token = await boundToken();
    for (const proof of [{}, false] as const) {
      const response = await call({ token, scheme: "Bearer", proof });
      expect([response.status, reason()]).toEqual([401, "dpop_token_sent_as_bearer"]);
    }
    expect((await call({ token })).status).toBe(200);
  });

  requirement(
    "dpop-challenge",
    "without a proof is told so, after the Bearer challenge",
    async () => {
      await start();
      const response = await call({ token: await boundToken(), proof: false });
      expect([response.status, reason()]).toEqual([401, "dpop_proof_missing"]);
      expect(response.headers.get("www-authenticate")).toMatch(
        /^Bearer resource_metadata="[^"]+", DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="[A-Za-z0-9 ]+"$/,
      );
    },
  );

  it.each<[string, Partial<DPoPProofOptions>, string]>([
    ["of another method", { method: "GET" }, "dpop_htm_mismatch"],
    ["for another path", { url: "https://mcp.example.com/other" }, "dpop_htu_mismatch"],
    ["for another host", { url: "https://evil.example/mcp" }, "dpop_htu_mismatch"],
    ["for another token", { accessToken: "other" }, "dpop_ath_mismatch"],
    [
      "that is too old",
      { overrides: { claims: { iat: clock() - 301 } } },
      "dpop_iat_outside_window",
    ],
    [
      "from the future",
      { overrides: { claims: { iat: clock() + 301 } } },
      "dpop_iat_outside_window",
    ],
  ])("with a proof %s is refused", async (_name, proof, expected) => {
    await start();
    const token = await boundToken();
    const response = await call({ token, proof });
    expect([response.status, reason()]).toEqual([401, expected]);
    expect((await call({ token })).status).toBe(200);
  });

  requirement("dpop-iat", "has the whole window for clocks that differ", async () => {
    await start();
    const token = await boundToken();
    for (const skew of [-300, 300]) {
      const proof = { overrides: { claims: { iat: clock() + skew } } };
      expect((await call({ token, proof })).status).toBe(200);
    }
  });

  requirement("dpop-jti", "is refused with a proof that was used", async () => {
    await start();
    const token = await boundToken();
    const DPoP = await client.proof({ method: "POST", url: RESOURCE, accessToken: token });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call({ token, proof: false, headers: { DPoP } })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 401)]);
  });

  it("with a proof of another key is refused", async () => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: createDPoPClient().jkt } });
    expect([(await call({ token })).status, reason()]).toEqual([401, "dpop_key_mismatch"]);
  });

  it("bound to a certificate as well must come with both", async () => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: client.jkt, "x5t#S256": "A".repeat(43) } });
    expect([(await call({ token })).status, reason()]).toEqual([401, "certificate_missing"]);
  });

  it("does not use up its proof where the certificate is missing", async () => {
    await start();
    const jti = "one";
    const proof = { overrides: { claims: { jti } } };
    const both = await issuer.sign({ cnf: { jkt: client.jkt, "x5t#S256": "A".repeat(43) } });
    expect((await call({ token: both, proof })).status).toBe(401);
    expect((await call({ token: await boundToken(), proof })).status).toBe(200);
  });

  requirement("dpop-12", "is never judged by Host or forwarded headers", async () => {
    await start();
    const forged: Record<string, string> = {
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Proto": "http",
      "X-Forwarded-Port": "80",
      "X-Forwarded-Prefix": "/evil",
      "X-Original-URL": "/evil",
      "X-Rewrite-URL": "/evil",
      Forwarded: "host=evil.example;proto=http",
    };
    const token = await boundToken();
    for (const [host, url, expected] of [
      ["evil.example", "https://evil.example/mcp", 401],
      ["evil.example", "http://evil.example/evil", 401],
      ["evil.example", RESOURCE, 200],
      ["mcp.example.com", RESOURCE, 200],
    ] as const) {
      const proof = await client.proof({ method: "POST", url, accessToken: token });
      const status = await postWithHost(suite.running.port, host, {
        ...forged,
        Authorization: `DPoP ${token}`,
        DPoP: proof,
      });
      expect([host, url, status]).toEqual([host, url, expected]);
      if (expected === 401) expect(reason()).toBe("dpop_htu_mismatch");
    }
  });
});

describe("an unbound token", () => {
  requirement("dpop-bind", "is refused under the DPoP scheme, welcome as Bearer", async () => {
    await start();
    const token = await issuer.sign();
    expect([(await call({ token })).status, reason()]).toEqual([401, "dpop_token_not_bound"]);
    expect((await call({ token, scheme: "Bearer", proof: false })).status).toBe(200);
  });

  it("is refused where proofs are required", async () => {
    await start({ dpop: "required" });
    const refused = await call({ token: await issuer.sign(), scheme: "Bearer", proof: false });
    expect([refused.status, reason()]).toEqual([401, "dpop_required"]);
    expect((await call({ token: await boundToken() })).status).toBe(200);
  });
});

describe("with DPoP off", () => {
  it("bound tokens are refused under either scheme, and nothing invites them", async () => {
    await start({ dpop: "off" });
    const token = await boundToken();
    for (const scheme of ["Bearer", "DPoP"] as const) {
      const response = await call({ token, scheme });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).not.toContain("DPoP");
    }
    const plain = await call({ token: await issuer.sign(), scheme: "Bearer", proof: false });
    expect(plain.status).toBe(200);
  });
});

describe("the metadata", () => {
  const members = async () =>
    (await (
      await fetch(`${suite.running.origin}/.well-known/oauth-protected-resource/mcp`)
    ).json()) as Record<string, unknown>;

  requirement("prm-members", "says what a sender must prove", async () => {
    await start({ dpop: { mode: "required", algorithms: ["ES256"] }, mtls: { required: true } });
    expect(await members()).toMatchObject({
      dpop_signing_alg_values_supported: ["ES256"],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    });
    await suite.running.close();
    await start({ dpop: "off" });
    const names = Object.keys(await members());
    expect(names.filter((name) => /dpop|tls/.test(name))).toEqual([]);
  });
});

describe("a nonce", () => {
  const nonceOf = (response: Response) => response.headers.get("dpop-nonce");

  it.each<TransportName>(["http-stream batch", "http-stream stream"])(
    "is asked for, accepted, and renewed on the way (%s)",
    async (transport) => {
      await start({ dpop: { nonce: { secret: SECRET, periodSeconds: 60 } } }, transport);
      const token = await boundToken();
      const challenge = await call({ token });
      expect(challenge.status).toBe(401);
      expect(challenge.headers.get("www-authenticate")).toContain('DPoP error="use_dpop_nonce"');
      expect(challenge.headers.get("cache-control")).toBe("no-store");
      const nonce = nonceOf(challenge)!;
      expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);

      const answer = await call({ token, proof: { nonce } });
      expect([answer.status, nonceOf(answer)]).toEqual([200, null]);
      await answer.body?.cancel();

      clock.advance(60);
      const renewed = await call({ token, proof: { nonce } });
      expect(renewed.status).toBe(200);
      expect(renewed.headers.get("cache-control")).toBe("no-store");
      const next = nonceOf(renewed)!;
      expect(next).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(next).not.toBe(nonce);
      await renewed.body?.cancel();

      clock.advance(60);
      const stale = await call({ token, proof: { nonce } });
      expect([stale.status, reason()]).toEqual([401, "dpop_nonce_invalid"]);
      const current = await call({ token, proof: { nonce: next } });
      expect(current.status).toBe(200);
      await current.body?.cancel();
    },
  );

  requirement("dpop-nonce", "survives a restart and serves every process", async () => {
    const options = { dpop: { nonce: { secret: SECRET } } };
    await start(options);
    const token = await boundToken();
    const nonce = nonceOf(await call({ token }))!;
    await suite.running.close();
    await start({ dpop: { nonce: { secrets: [Buffer.alloc(32, 9), SECRET] } } });
    const answer = await call({ token, proof: { nonce } });
    expect(answer.status).toBe(200);
    // From the older secret: the client moves on to the current one.
    expect(nonceOf(answer)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  requirement("dpop-challenge", "can be read by a page", async () => {
    await start({ dpop: { nonce: { secret: SECRET } } });
    const Origin = "http://localhost:6274";
    const response = await call({ token: await boundToken(), headers: { Origin } });
    expect(nonceOf(response)).not.toBeNull();
    expect(response.headers.get("access-control-expose-headers")).toMatch(/DPoP-Nonce/i);
  });
});

describe("the store", () => {
  class BrokenStore extends MemoryStore {
    override add(): Promise<boolean> {
      return Promise.reject(new Error("away"));
    }
    override getMany(): Promise<(string | undefined)[]> {
      return Promise.reject(new Error("away"));
    }
  }

  requirement("outage", "that is away makes 503, and passes where the author says so", async () => {
    const store = new BrokenStore({ clock });
    await start({ store, revocation: { onStoreFailure: "continue" } });
    const token = await boundToken();
    const response = await call({ token });
    expect([response.status, reason()]).toEqual([503, "replay_store_unavailable"]);
    expect(response.headers.get("retry-after")).not.toBeNull();
    await suite.running.close();

    await start({ store, dpop: { onStoreFailure: "continue" } });
    expect([(await call({ token })).status, reason()]).toEqual([
      503,
      "revocation_store_unavailable",
    ]);
    await suite.running.close();

    await start({
      store,
      dpop: { onStoreFailure: "continue" },
      revocation: { onStoreFailure: "continue" },
    });
    expect((await call({ token })).status).toBe(200);
  });
});

describe("SSE", () => {
  it("takes proofs for the stream's URL and for the messages', and for no other", async () => {
    const resource = "https://mcp.example.com/sse";
    await start({ resource }, "sse");
    const token = await issuer.sign({ aud: resource, cnf: { jkt: client.jkt } });
    const open = async (url: string) =>
      fetch(suite.running.url, {
        headers: {
          Authorization: `DPoP ${token}`,
          DPoP: await client.proof({ method: "GET", url, accessToken: token }),
        },
      });
    expect((await open("https://mcp.example.com/messages")).status).toBe(401);
    const stream = await open(resource);
    expect(stream.status).toBe(200);
    const reader = stream.body!.getReader();
    const text = Buffer.from((await reader.read()).value).toString();
    const path = /data: (\S+)/.exec(text)![1]!;

    const post = async (url: string) =>
      fetch(suite.running.origin + path, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `DPoP ${token}`,
          DPoP: await client.proof({ method: "POST", url, accessToken: token }),
        },
        body: BODY,
      });
    expect((await post(resource)).status).toBe(401);
    expect((await post(`https://mcp.example.com${path}`)).status).toBe(202);
    await reader.cancel();
  });
});

describe("authenticate(), called bare", () => {
  it("asks for the proof as well", async () => {
    const bare = suite.provider();
    const server = createServer((req, res) => {
      void bare.authenticate(req).then((result) => res.writeHead(result ? 200 : 401).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const token = await boundToken();
      const proof = await client.proof({ method: "POST", url: RESOURCE, accessToken: token });
      const ask = (headers: Record<string, string>) =>
        postWithHost(port, "mcp.example.com", { Authorization: `DPoP ${token}`, ...headers });
      expect(await ask({})).toBe(401);
      expect(await ask({ Authorization: `Bearer ${token}` })).toBe(401);
      expect(await ask({ DPoP: proof })).toBe(200);
      expect(await ask({ DPoP: proof })).toBe(401);
    } finally {
      server.close();
    }
  });
});

/** `fetch` does not let a caller choose `Host`. */
async function postWithHost(
  port: number,
  host: string,
  headers: Record<string, string>,
): Promise<number> {
  const req = httpRequest({
    port,
    host: "127.0.0.1",
    path: "/mcp",
    method: "POST",
    agent: false,
    headers: mcpRequest(INITIALIZE, { Host: host, ...headers }).headers,
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    req.once("response", resolve).once("error", reject);
    req.end(BODY);
  });
  response.resume();
  return response.statusCode ?? 0;
}
