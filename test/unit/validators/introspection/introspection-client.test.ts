import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import fc from "fast-check";
import { SignJWT } from "jose";
import nock from "nock";
import { UnavailableError } from "../../../../src/core/errors.js";
import { OutboundError, type OutboundFetch } from "../../../../src/net/outbound-fetch.js";
import type { IntrospectionClientOptions } from "../../../../src/validators/introspection/introspection-client.js";
import { outcome } from "../../../support/outcome.js";
import { plainFetch } from "../../../support/plain-fetch.js";
import { IntrospectionClient } from "../../../support/resolved.js";
import { holdTimers, releaseTimers, untilDeadline } from "../../../support/timers.js";
import { turns } from "../../../support/turns.js";

const ISSUER = "https://as.example.com";
const TOKEN = "opaque-token/with+characters==";

function createClient(options: Partial<IntrospectionClientOptions> = {}) {
  return new IntrospectionClient({
    issuer: ISSUER,
    endpoint: `${ISSUER}/introspect`,
    authentication: { method: "client_secret_basic", clientId: "rs", clientSecret: "s3cret" },
    fetch: plainFetch,
    audience: ["https://mcp.example.com/mcp"],
    clock: () => 1_800_000_000,
    limits: { failuresToPause: Infinity },
    ...options,
  });
}

const answering = (
  status: number,
  body: string,
  headers: Record<string, string> = { "content-type": "application/json" },
): OutboundFetch =>
  jest.fn<OutboundFetch>(async () => new Response(body === "" ? null : body, { status, headers }));

const reason = (fetch: OutboundFetch, options: Partial<IntrospectionClientOptions> = {}) =>
  outcome(createClient({ fetch, ...options }).introspect(TOKEN));

describe("IntrospectionClient over HTTP", () => {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => nock.cleanAll());
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });

  const endpoint = () => nock(ISSUER).post("/introspect");

  it("posts the token as a form, authenticated, and reads the answer", async () => {
    const scope = nock(ISSUER, {
      reqheaders: {
        authorization: `Basic ${Buffer.from("rs:s3cret").toString("base64")}`,
        accept: "application/json",
        "content-type": /^application\/x-www-form-urlencoded/,
      },
    })
      .post("/introspect", { token: TOKEN, token_type_hint: "access_token" })
      .reply(200, { active: true, sub: "1" });
    const answer = await createClient().introspect(TOKEN);
    expect(answer).toEqual({ claims: { active: true, sub: "1" }, size: 25 });
    scope.done();
  });

  it("[intro-active] tells an inactive token from a failure", async () => {
    endpoint().reply(200, { active: false });
    await expect(createClient().introspect(TOKEN)).resolves.toBeUndefined();
  });

  it.each([
    [401, "introspection_unauthorized"],
    [403, "introspection_unauthorized"],
    [404, "introspection_http_404"],
    [429, "introspection_rate_limited"],
    [500, "introspection_http_500"],
    [502, "introspection_http_502"],
    [503, "introspection_http_503"],
    [204, "introspection_http_204"],
    [201, "introspection_http_201"],
  ])("[outage] is unavailable at status %d", async (status, expected) => {
    endpoint().reply(status, status === 204 ? undefined : { active: true, sub: "1" });
    expect(await outcome(createClient().introspect(TOKEN))).toBe(`UnavailableError ${expected}`);
  });

  it.each([400, 401])("takes an inactive token for inactive, also at status %d", async (status) => {
    endpoint().reply(status, { active: false });
    await expect(createClient().introspect(TOKEN)).resolves.toBeUndefined();
  });

  it.each([
    [400, { active: true }, "introspection_refused"],
    [400, { active: "false" }, "introspection_refused"],
    [401, { active: null }, "introspection_unauthorized"],
    [401, { error: "invalid_client" }, "introspection_unauthorized"],
    [403, { active: false }, "introspection_unauthorized"],
    [404, { active: false }, "introspection_http_404"],
    [500, { active: false }, "introspection_http_500"],
  ])("[outage] takes nothing else for inactive: %d %j", async (status, body, expected) => {
    endpoint().reply(status, body);
    expect(await outcome(createClient().introspect(TOKEN))).toBe(`UnavailableError ${expected}`);
  });

  it.each([301, 302, 307, 308])("[intro-net] does not follow a %d", async (status) => {
    endpoint().reply(status, undefined, { location: "https://elsewhere.example.com/" });
    const elsewhere = nock("https://elsewhere.example.com").post("/").reply(200, { active: true });
    expect(await outcome(createClient().introspect(TOKEN))).toBe(
      "UnavailableError introspection_redirect",
    );
    expect(elsewhere.isDone()).toBe(false);
  });

  it("[outage] is unavailable when the connection breaks", async () => {
    endpoint().replyWithError("reset");
    expect(await outcome(createClient().introspect(TOKEN))).toBe(
      "UnavailableError introspection_network",
    );
  });

  it.each([
    ["text", "active", "application/json", "introspection_not_json"],
    ["half a document", '{"active":true', "application/json", "introspection_not_json"],
    ["nothing", " ", "application/json", "introspection_not_json"],
    ["a list", "[true]", "application/json", "introspection_malformed"],
    ["true", "true", "application/json", "introspection_malformed"],
    ['"true"', '{"active":"true"}', "application/json", "introspection_malformed_active"],
    ["no active", '{"sub":"1"}', "application/json", "introspection_malformed_active"],
    ["exp as text", '{"active":true,"exp":"1"}', "application/json", "introspection_malformed_exp"],
    ["a page", "<html></html>", "text/html", "introspection_content_type"],
    ["JSON called a page", '{"active":true}', "text/html", "introspection_content_type"],
    ["JSON called nothing", '{"active":true}', "", "introspection_content_type"],
  ])("[outage] blames the server for %s", async (_name, body, contentType, expected) => {
    expect(await reason(answering(200, body, { "content-type": contentType }))).toBe(
      `UnavailableError ${expected}`,
    );
  });

  it.each(["application/json; charset=utf-8", "Application/JSON", "application/vnd.as+json"])(
    "reads %s",
    async (contentType) => {
      const fetch = answering(200, '{"active":true}', { "content-type": contentType });
      expect(await reason(fetch)).toBe("accepted");
    },
  );

  it("[intro-net] refuses an answer larger than any token needs", async () => {
    const body = (length: number) => JSON.stringify({ active: true, x: "y".repeat(length) });
    expect(await reason(answering(200, body(70_000)))).toBe(
      "UnavailableError introspection_too_large",
    );
    expect(await reason(answering(200, body(60_000)))).toBe("accepted");
  });

  it("says precisely why the way out failed", async () => {
    for (const failure of ["insecure_url", "address_refused", "timeout", "too_large"] as const) {
      const fetch: OutboundFetch = async () => {
        throw new OutboundError(failure, "why");
      };
      expect(await reason(fetch)).toBe(`UnavailableError introspection_${failure}`);
    }
  });

  it("takes 400 unsupported_token_type for a token it will never know", async () => {
    expect(await reason(answering(400, '{"error":"unsupported_token_type"}'))).toBe(
      "InvalidTokenError token_type_not_introspectable",
    );
  });

  it.each([
    ['{"error":"invalid_client"}', "introspection_unauthorized"],
    ['{"error":"unauthorized_client"}', "introspection_unauthorized"],
    ['{"error":"invalid_request"}', "introspection_refused"],
    ['{"error":["unsupported_token_type"]}', "introspection_refused"],
    ["null", "introspection_refused"],
    ["<html>", "introspection_refused"],
  ])("cannot tell from any other 400: %s", async (body, expected) => {
    expect(await reason(answering(400, body))).toBe(`UnavailableError ${expected}`);
  });

  it("asks where the endpoint is, every time", async () => {
    const endpoint = jest.fn(async () => `${ISSUER}/found`);
    const fetch = answering(200, '{"active":true}');
    const client = createClient({ fetch, endpoint });
    await client.introspect(TOKEN);
    await client.introspect(TOKEN);
    expect(endpoint).toHaveBeenCalledTimes(2);
    expect(fetch).toHaveBeenLastCalledWith(`${ISSUER}/found`, expect.anything());
  });

  it("[outage] is unavailable while the endpoint is not known", async () => {
    const fetch = answering(200, '{"active":true}');
    const lost = async () => Promise.reject(new Error("discovery failed"));
    expect(await reason(fetch, { endpoint: lost })).toBe(
      "UnavailableError introspection_endpoint_unknown",
    );
    const away = async () => Promise.reject(new UnavailableError("custom_metadata_unreachable"));
    expect(await reason(fetch, { endpoint: away })).toBe(
      "UnavailableError custom_metadata_unreachable",
    );
    expect(await reason(fetch, { endpoint: async () => "not a url" })).toBe(
      "UnavailableError introspection_endpoint_invalid",
    );
    expect(fetch).not.toHaveBeenCalled();
  });

  it("never lets the token or the secret into an error", async () => {
    const echo = JSON.stringify({ active: "true", token: TOKEN, s: "s3cret" });
    const failing: OutboundFetch[] = [
      answering(200, echo),
      answering(200, echo, { "content-type": "text/html" }),
      answering(400, echo),
      answering(401, echo, { "www-authenticate": `Bearer realm="${TOKEN}"` }),
      answering(500, echo),
      async (_url, request) => {
        throw new TypeError(`cannot send ${request?.body} ${JSON.stringify(request?.headers)}`);
      },
    ];
    for (const fetch of failing) {
      const error = await createClient({
        fetch,
        authentication: { method: "client_secret_post", clientId: "rs", clientSecret: "s3cret" },
      })
        .introspect(TOKEN)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnavailableError);
      const text = inspect(error, { depth: 10, showHidden: true });
      expect(text).not.toContain("opaque-token");
      expect(text).not.toContain("s3cret");
    }
  });

  it("[outage] stops asking for a while when the endpoint keeps failing", async () => {
    const fetch = answering(500, "");
    const client = createClient({ fetch, limits: {} });
    for (let n = 0; n < 100; n++) await outcome(client.introspect(`token-${n}`));
    expect(fetch).toHaveBeenCalledTimes(5);
    expect(await outcome(client.introspect("x"))).toBe("UnavailableError introspection_paused");
  });

  it("does not let tokens that the endpoint dislikes stop it for others", async () => {
    for (const body of ['{"error":"unsupported_token_type"}', '{"error":"invalid_request"}']) {
      const fetch = answering(400, body);
      const client = createClient({ fetch, limits: {} });
      for (let n = 0; n < 20; n++) await outcome(client.introspect(`token-${n}`));
      expect(fetch).toHaveBeenCalledTimes(20);
    }
  });

  it("throws nothing but OAuthErrors and accepts nothing but active: true", async () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record(
          {
            active: fc.constantFrom<unknown>(true, false, "true", 1, null),
            exp: fc.oneof(fc.integer(), fc.string()),
            cnf: fc.anything(),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    const statuses = fc.constantFrom(200, 200, 200, 400, 401, 500);
    await fc.assert(
      fc.asyncProperty(bodies, statuses, async (body, status) => {
        const client = createClient({ fetch: answering(status, body) });
        try {
          const answer = await client.introspect(TOKEN);
          if (answer === undefined) return;
          expect(status).toBe(200);
          expect((JSON.parse(body) as { active: unknown }).active).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ status: expect.any(Number), reason: expect.any(String) });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("signed answers", () => {
  const jwtHeaders = { "content-type": "application/token-introspection+jwt" };
  const keySource = {
    getKey: async () => Promise.reject(new UnavailableError("custom_jwks_away")),
  };

  it("[intro-jwt] asks for them only by option", async () => {
    const fetch = jest.fn<OutboundFetch>(async () => new Response("", { status: 500 }));
    await outcome(createClient({ fetch }).introspect(TOKEN));
    await outcome(createClient({ fetch, keySource, signedResponse: true }).introspect(TOKEN));
    expect(fetch.mock.calls.map(([, request]) => request?.headers?.["accept"])).toEqual([
      "application/json",
      "application/token-introspection+jwt",
    ]);
  });

  it("[intro-jwt] does not believe one that it has no keys for", async () => {
    expect(await reason(answering(200, "a.b.c", jwtHeaders))).toBe(
      "UnavailableError introspection_signed_answer_unverifiable",
    );
  });

  it("[intro-jwt] takes no plain answer when signatures were asked for", async () => {
    const fetch = answering(200, '{"active":true}');
    expect(await reason(fetch, { keySource, signedResponse: true })).toBe(
      "UnavailableError introspection_answer_unsigned",
    );
    expect(await reason(fetch, { keySource })).toBe("accepted");
  });

  it.each([
    ["https://mcp.example.com/mcp", "accepted"],
    ["rs", "accepted"],
    ["https://mcp.example.com/other", "UnavailableError introspection_signed_answer_invalid"],
  ])("[intro-jwt] takes one for our resource or our client id: %s", async (aud, expected) => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const answer = await new SignJWT({ token_introspection: { active: true, sub: "1" } })
      .setProtectedHeader({ alg: "ES256", typ: "token-introspection+jwt" })
      .setIssuer(ISSUER)
      .setAudience(aud)
      .setIssuedAt(1_800_000_000)
      .sign(privateKey);
    const keys = { getKey: async () => publicKey };
    const options = { keySource: keys, signedResponse: true };
    expect(await reason(answering(200, answer, jwtHeaders), options)).toBe(expected);
  });

  it("[intro-jwt] takes no plain error for inactive when signatures were asked for", async () => {
    const fetch = answering(401, '{"active":false}');
    expect(await reason(fetch, { keySource, signedResponse: true })).toBe(
      "UnavailableError introspection_unauthorized",
    );
    expect(await reason(fetch, { keySource })).toBe("accepted");
  });
});

describe("IntrospectionClient against slow servers", () => {
  let server: Server;
  let endpoint: string;
  let listener: RequestListener;
  let open = 0;
  let most = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      most = Math.max(most, ++open);
      response.on("close", () => (open -= 1));
      listener(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(holdTimers);
  afterEach(releaseTimers);

  it("[intro-net] gives up on a server that never answers", async () => {
    listener = () => undefined;
    const answer = outcome(createClient({ endpoint }).introspect(TOKEN));
    expect(await untilDeadline(answer)).toBe("UnavailableError introspection_timeout");
  });

  it("[intro-net] gives up on a body that never ends", async () => {
    listener = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"active":');
    };
    const answer = outcome(createClient({ endpoint }).introspect(TOKEN));
    expect(await untilDeadline(answer)).toBe("UnavailableError introspection_timeout");
  });

  it("gives up on a secret that never comes", async () => {
    const client = createClient({
      authentication: { method: "bearer", token: () => new Promise(() => undefined) },
    });
    const answer = outcome(client.introspect(TOKEN));
    expect(await untilDeadline(answer)).toBe("UnavailableError introspection_timeout");
  });

  it("keeps a flood from becoming a flood of calls", async () => {
    open = most = 0;
    const held: ServerResponse[] = [];
    listener = (_request, response) => void held.push(response);
    const client = createClient({ endpoint, limits: { maxConcurrent: 4, maxQueued: 20 } });
    const answers = Promise.all(
      Array.from({ length: 50 }, (_, n) => outcome(client.introspect(`token-${n}`))),
    );
    for (let answered = 0; answered < 24; answered += 4) {
      while (held.length < 4) await turns(1);
      // A fifth call would arrive now.
      await turns(20);
      for (const response of held.splice(0)) {
        response.setHeader("content-type", "application/json");
        response.end('{"active":true}');
      }
    }
    const all = await answers;
    expect(most).toBe(4);
    expect(all.filter((result) => result === "accepted")).toHaveLength(24);
    expect(all.filter((result) => result.endsWith("introspection_overloaded"))).toHaveLength(26);
  });
});
