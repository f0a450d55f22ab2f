import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ReuseEvent } from "../../../src/authorization-server/grants/reuse-event.js";
import type { RevokedToken } from "../../../src/core/embedded-authorization-server.js";
import { createDPoPClient } from "../../../src/testing/index.js";
import { requirement } from "../../support/requirement.js";
import {
  authorizationUrl,
  codeFor,
  OPAQUE,
  postForm,
  register,
  signIn,
  stage,
  type Stage,
  type TestClient,
} from "./helpers.js";

let staged: Stage;
let client: TestClient;
let reused: ReuseEvent[];
let claims: () => void;

beforeEach(async () => {
  reused = [];
  claims = () => undefined;
  staged = await stage({
    onReuse: (event) => reused.push(event),
    accounts: [
      {
        id: "alice",
        get claims() {
          claims();
          return {};
        },
      },
    ],
  });
  client = await register(staged.server);
});
afterEach(() => staged.server.close());

async function firstToken(): Promise<string> {
  const { refresh_token: token } = await signIn(staged.server, client);
  return token ?? "";
}

const refresh = (token: string, extra: Record<string, string> = {}, headers = {}) =>
  postForm(
    staged.server,
    {
      grant_type: "refresh_token",
      refresh_token: token,
      client_id: client.information.client_id,
      ...extra,
    },
    headers,
  );

const INVALID_GRANT = {
  status: 400,
  body: { error: "invalid_grant", error_description: "grant request is invalid" },
};

describe("a refresh token", () => {
  requirement(
    "as-refresh",
    "sent eight times at once gives one successor and the same answer",
    async () => {
      const token = await firstToken();
      staged.gather(8);
      const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(token)));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      const [first] = answers;
      for (const { body } of answers) expect(body).toEqual(first?.body);
      expect((await refresh(String(first?.body["refresh_token"]))).status).toBe(200);
      expect(reused).toEqual([]);
    },
  );

  it("repeats a lost response within the window, with the remaining lifetime", async () => {
    const token = await firstToken();
    const lost = await refresh(token);
    staged.advance(20);
    const again = await refresh(token);
    expect(again.body).toEqual({ ...lost.body, expires_in: 880 });
    expect(reused).toEqual([]);
  });

  requirement(
    "as-refresh",
    "used again after the window ends the whole grant, and says no more than that",
    async () => {
      const token = await firstToken();
      const { body } = await refresh(token);
      staged.advance(32);
      expect(await refresh(token)).toMatchObject(INVALID_GRANT);
      expect(reused).toEqual([
        {
          kind: "refresh_token_reused",
          time: expect.any(Number),
          clientId: client.information.client_id,
          accountId: "alice",
        },
      ]);
      expect(await refresh(String(body["refresh_token"]))).toMatchObject(INVALID_GRANT);
    },
  );

  it("used by another process between two reads of one request is no theft", async () => {
    const token = await firstToken();
    let winner: Awaited<ReturnType<typeof refresh>> | undefined;
    staged.afterNextRead(async () => (winner = await refresh(token)));
    const late = await refresh(token);
    expect(winner?.status).toBe(200);
    expect(late.body).toEqual(winner?.body);
    expect((await refresh(String(late.body["refresh_token"]))).status).toBe(200);
    expect(reused).toEqual([]);
  });

  it("used again by another client ends the whole grant, within the window too", async () => {
    const token = await firstToken();
    const { body } = await refresh(token);
    const stranger = await register(staged.server, { client_name: "Other client" });
    const theft = await refresh(token, { client_id: stranger.information.client_id });
    expect(theft).toMatchObject(INVALID_GRANT);
    expect(reused).toMatchObject([{ clientId: stranger.information.client_id }]);
    expect(await refresh(String(body["refresh_token"]))).toMatchObject(INVALID_GRANT);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("the pager is down");
      },
    ],
    ["rejects", (): unknown => Promise.reject(new Error("the pager is down"))],
  ])("ends the whole grant when onReuse %s, and hands that to onError", async (_how, onReuse) => {
    await staged.server.close();
    const failures: string[] = [];
    staged = await stage({
      onReuse: onReuse,
      onError: ({ message }) => failures.push(message),
    });
    client = await register(staged.server);
    const token = await firstToken();
    const { body } = await refresh(token);
    staged.advance(32);
    expect(await refresh(token)).toMatchObject(INVALID_GRANT);
    expect(await refresh(String(body["refresh_token"]))).toMatchObject(INVALID_GRANT);
    expect(failures).toEqual(["the pager is down"]);
  });

  it("that is unused stays valid when another client presents it", async () => {
    const token = await firstToken();
    const stranger = await register(staged.server, { client_name: "Other client" });
    const attempt = await refresh(token, { client_id: stranger.information.client_id });
    expect(attempt).toMatchObject(INVALID_GRANT);
    expect((await refresh(token)).status).toBe(200);
  });

  it("gets the newest response when another process has used the successor", async () => {
    const token = await firstToken();
    const second = await refresh(token);
    const third = await refresh(String(second.body["refresh_token"]));
    expect((await refresh(token)).body).toEqual(third.body);
  });

  it("repeated for another scope keeps its successor and gets a token of that scope", async () => {
    const { refresh_token: token = "" } = await signIn(staged.server, client, {
      scope: "mcp:read mcp:write",
    });
    const wide = await refresh(token);
    const narrow = await refresh(token, { scope: "mcp:read" });
    expect(narrow.body["refresh_token"]).toBe(wide.body["refresh_token"]);
    expect(narrow.body["scope"]).toBe("mcp:read");
    expect(wide.body["scope"]).toBe("mcp:read mcp:write");
  });

  it("repeated for another scope gets no token if the grant is revoked meanwhile", async () => {
    const { refresh_token: token = "" } = await signIn(staged.server, client, {
      scope: "mcp:read mcp:write",
    });
    const { body } = await refresh(token);
    const newest = String(body["refresh_token"]);
    const revoked: RevokedToken[] = [];
    staged.server.onRevoked((gone) => revoked.push(gone));
    staged.beforeNextCommit(() =>
      postForm(
        staged.server,
        { token: newest, client_id: client.information.client_id },
        {},
        "/revoke",
      ),
    );
    expect(await refresh(token, { scope: "mcp:read" })).toMatchObject(INVALID_GRANT);
    expect(new Set(revoked.map(({ jti }) => jti)).size).toBe(2);
    expect(await refresh(newest)).toMatchObject(INVALID_GRANT);
  });

  it.each([
    ["another resource", { resource: OPAQUE }, "invalid_target"],
    ["a resource that is not served", { resource: "https://x.example/" }, "invalid_target"],
    ["another spelling", { resource: "https://MCP.example.com/mcp/" }, "invalid_target"],
    ["a wider scope", { scope: "mcp:read mcp:write" }, "invalid_scope"],
  ])("costs nothing when it is refused for %s", async (_what, extra, error) => {
    const token = await firstToken();
    expect((await refresh(token, extra)).body).toMatchObject({ error });
    expect((await refresh(token)).status).toBe(200);
  });

  it("stays unused when the account's claims cannot be loaded", async () => {
    const token = await firstToken();
    claims = () => {
      throw new Error("directory is down");
    };
    expect((await refresh(token)).status).toBe(500);
    claims = () => undefined;
    expect((await refresh(token)).status).toBe(200);
  });

  it("revokes the grant at its second use, without a replay window", async () => {
    const strict = await stage({ refreshReplaySeconds: 0 });
    try {
      const owner = await register(strict.server);
      const { refresh_token: token = "" } = await signIn(strict.server, owner);
      const form = {
        grant_type: "refresh_token",
        refresh_token: token,
        client_id: owner.information.client_id,
      };
      const first = await postForm(strict.server, form);
      expect(first.status).toBe(200);
      expect(await postForm(strict.server, form)).toMatchObject(INVALID_GRANT);
      const next = { ...form, refresh_token: String(first.body["refresh_token"]) };
      expect(await postForm(strict.server, next)).toMatchObject(INVALID_GRANT);
    } finally {
      await strict.server.close();
    }
  });
});

describe("a refresh token bound to a DPoP key", () => {
  const proofOf = (dpop: ReturnType<typeof createDPoPClient>) =>
    dpop.proof({ method: "POST", url: `${staged.server.issuer}/token` });

  async function bound() {
    const dpop = createDPoPClient();
    const form = await codeFor(staged.server, client);
    const { body } = await postForm(staged.server, form, { dpop: await proofOf(dpop) });
    return { dpop, token: String(body["refresh_token"]) };
  }

  it("repeats its answer for the same key and a new proof", async () => {
    const { dpop, token } = await bound();
    const first = await refresh(token, {}, { dpop: await proofOf(dpop) });
    const again = await refresh(token, {}, { dpop: await proofOf(dpop) });
    expect(again.body).toEqual(first.body);
  });

  it.each(["another key", "no key"])("used again with %s ends the whole grant", async (which) => {
    const { dpop, token } = await bound();
    const { body } = await refresh(token, {}, { dpop: await proofOf(dpop) });
    const headers = which === "no key" ? {} : { dpop: await proofOf(createDPoPClient()) };
    expect(await refresh(token, {}, headers)).toMatchObject(INVALID_GRANT);
    const next = String(body["refresh_token"]);
    expect(await refresh(next, {}, { dpop: await proofOf(dpop) })).toMatchObject(INVALID_GRANT);
    expect(reused).toHaveLength(1);
  });

  it("refuses the same proof a second time, and keeps the sign-in", async () => {
    const { dpop, token } = await bound();
    const proof = await proofOf(dpop);
    const { body } = await refresh(token, {}, { dpop: proof });
    expect((await refresh(token, {}, { dpop: proof })).status).toBe(400);
    const next = String(body["refresh_token"]);
    expect((await refresh(next, {}, { dpop: await proofOf(dpop) })).status).toBe(200);
  });

  it("lets one of two requests with the same proof pass", async () => {
    const { dpop, token } = await bound();
    const proof = await proofOf(dpop);
    staged.gather(2);
    const both = await Promise.all([1, 2].map(() => refresh(token, {}, { dpop: proof })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});

describe("an authorization code", () => {
  it("stays unused when the account's claims cannot be loaded", async () => {
    const form = await codeFor(staged.server, client);
    claims = () => {
      throw new Error("directory is down");
    };
    expect((await postForm(staged.server, form)).status).toBe(500);
    claims = () => undefined;
    expect((await postForm(staged.server, form)).status).toBe(200);
  });

  it("sent twice concurrently is reported, and its tokens are revoked", async () => {
    const form = await codeFor(staged.server, client);
    staged.gather(2);
    const both = await Promise.all([1, 2].map(() => postForm(staged.server, form)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    const body = both.find(({ status }) => status === 200)?.body;
    expect(await refresh(String(body?.["refresh_token"]))).toMatchObject(INVALID_GRANT);
    expect(reused).toMatchObject([{ kind: "authorization_code_reused" }]);
  });

  requirement(
    "as-code",
    "sent twice after each other is refused and reported as well",
    async () => {
      const form = await codeFor(staged.server, client);
      const { body } = await postForm(staged.server, form);
      expect(await postForm(staged.server, form)).toMatchObject(INVALID_GRANT);
      expect(await refresh(String(body["refresh_token"]))).toMatchObject(INVALID_GRANT);
      expect(reused).toMatchObject([{ kind: "authorization_code_reused" }]);
    },
  );
});

describe("while the storage is unavailable", () => {
  it("every endpoint answers 503 with Retry-After, and works again afterwards", async () => {
    const { server } = staged;
    const token = await firstToken();
    const { client_id } = client.information;
    const { authorizationUrl: url } = await authorizationUrl(server, client, {});
    const started = await fetch(url, {
      redirect: "manual",
      headers: { "sec-fetch-site": "cross-site" },
    });
    const cookie = started.headers.getSetCookie().map((line) => line.split(";")[0]);
    staged.outage = true;
    const forms: [string, Record<string, string>][] = [
      ["/token", { grant_type: "refresh_token", refresh_token: token, client_id }],
      ["/token", { grant_type: "authorization_code", code: "x", redirect_uri: "x", client_id }],
      ["/introspect", { token, client_id }],
      ["/revoke", { token, client_id }],
    ];
    for (const [path, form] of forms) {
      const { status, headers, body } = await postForm(server, form, {}, path);
      expect([path, status, headers.get("retry-after")]).toEqual([path, 503, "5"]);
      expect(body).toMatchObject({ error: "temporarily_unavailable" });
    }
    const registration = await fetch(`${server.url}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: ["https://client.example.com/cb"] }),
    });
    const authorization = await fetch(url, { redirect: "manual" });
    const page = await fetch(new URL(started.headers.get("location") ?? "", url), {
      headers: { cookie: cookie.join("; ") },
    });
    for (const answer of [registration, authorization, page]) {
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await answer.text()).not.toMatch(/expired|server_error/);
    }
    staged.outage = false;
    expect((await refresh(token)).status).toBe(200);
  });

  it("every endpoint answers 503, also if onError fails", async () => {
    await staged.server.close();
    for (const onError of [
      () => {
        throw new Error("the pager is down");
      },
      (): unknown => Promise.reject(new Error("the pager is down")),
    ]) {
      staged = await stage({ onError: onError });
      client = await register(staged.server);
      const token = await firstToken();
      staged.outage = true;
      expect((await refresh(token)).status).toBe(503);
      staged.outage = false;
      expect((await refresh(token)).status).toBe(200);
      await staged.server.close();
    }
  });
});
