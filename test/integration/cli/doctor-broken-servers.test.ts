import { afterEach, describe, expect, it } from "@jest/globals";
import type { CheckId } from "../../../src/cli/doctor/catalogue.js";
import type { ClientName } from "../../../src/cli/doctor/checks/client-needs.js";
import { runDoctor } from "../../../src/cli/doctor/run-doctor.js";
import { generateTestKey } from "../../../src/testing/test-keys.js";
import { runCli } from "../../support/cli.js";
import {
  startModel,
  type Model,
  type ModelAnswer,
  type ModelRequest,
  type Part,
  type Spoil,
} from "../../support/model-mcp-server.js";

type Expected = Partial<Record<CheckId, "warn" | "fail">>;

let model: Model | undefined;
afterEach(async () => {
  await model?.close();
  model = undefined;
});

interface Options {
  readonly typed?: (model: Model) => string;
  readonly client?: ClientName;
  readonly clockAhead?: number;
}

/** The problems that doctor reports: only the lines with ! and ✗. */
async function findings(spoil: Spoil | undefined, options: Options = {}) {
  model = await startModel(spoil);
  const { clockAhead = 0 } = options;
  const all = await runDoctor({
    url: options.typed?.(model) ?? model.url,
    client: options.client,
    clock: () => Date.now() / 1000 + clockAhead,
    env: {},
  });
  return {
    all,
    amiss: Object.fromEntries(
      all
        .filter(({ verdict }) => verdict === "fail" || verdict === "warn")
        .map(({ check, verdict }) => [check, verdict]),
    ),
  };
}

/** Changes the JSON document of a part. */
const document =
  (
    parts: Part | readonly Part[],
    change: (body: Record<string, unknown>, where: { origin: string; url: string }) => void,
  ): Spoil =>
  (part, answer, _request, where) => {
    if ([parts].flat().includes(part)) change(answer.body as Record<string, unknown>, where);
  };
const METADATA = ["inserted", "root"] as const;
const SERVER = ["server", "oidc"] as const;

const mcp =
  (
    change: (
      answer: ModelAnswer,
      request: ModelRequest,
      where: { origin: string; url: string },
    ) => void,
  ): Spoil =>
  (part, answer, request, where) => {
    if (part === "mcp") change(answer, request, where);
  };
const challenge = (rewrite: (header: string, request: ModelRequest) => string): Spoil =>
  mcp((answer, request) => {
    answer.headers["www-authenticate"] = rewrite(answer.headers["www-authenticate"] ?? "", request);
  });
const accept = (answer: ModelAnswer): void => {
  answer.status = 200;
  answer.headers = { "content-type": "application/json", ...answer.headers };
  delete answer.headers["www-authenticate"];
  answer.body = { jsonrpc: "2.0", id: 1, result: { tools: [] } };
};
const payloadOf = (token: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as never;
  } catch {
    return undefined;
  }
};
const isUnsigned = (token = ""): boolean => token.split(".").length === 3 && token.endsWith(".");

describe("doctor, of servers with one thing broken", () => {
  it("finds no problem in the model server, and skips no check", async () => {
    const { all, amiss } = await findings(undefined);
    expect(amiss).toEqual({});
    expect(all.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
    expect(all.length).toBeGreaterThan(40);
  });

  const table: readonly (readonly [
    name: string,
    spoil: Spoil,
    expected: Expected,
    options?: Options,
  ])[] = [
    // Access
    [
      "answers everything without a token",
      mcp(accept),
      { "anonymous-initialize": "fail", "anonymous-tools": "fail" },
    ],
    [
      "lists its tools to anonymous clients",
      mcp((answer, { rpc, token }) => {
        if (rpc === "tools/list" && token === undefined) accept(answer);
      }),
      // The same hole, seen by each request for the list that carries no token.
      { "anonymous-tools": "fail", "query-token": "fail", "session-only": "fail" },
    ],
    [
      "opens a stream for anonymous clients",
      mcp((answer, { method, token }) => {
        if (method !== "GET" || token !== undefined) return;
        accept(answer);
        answer.headers["content-type"] = "text/event-stream";
        answer.body = ": hello\n\n";
      }),
      { "anonymous-get": "fail" },
    ],
    [
      "looks for the session before the token on GET",
      mcp((answer, { method }) => {
        if (method === "GET") answer.status = 400;
      }),
      { "anonymous-get": "warn" },
    ],
    [
      "says 403 to those who have no token",
      mcp((answer, { rpc, token }) => {
        if (rpc === "initialize" && token === undefined) answer.status = 403;
      }),
      { "anonymous-initialize": "fail" },
    ],
    [
      "is not at the typed path",
      (part, answer) => {
        if (part === "mcp") {
          answer.status = 404;
          answer.headers = { "access-control-allow-origin": "*" };
        }
      },
      { "anonymous-initialize": "fail" },
    ],
    [
      "breaks on a token it cannot read",
      mcp((answer, { token = "" }) => {
        if (token !== "" && payloadOf(token) === undefined) answer.status = 500;
      }),
      { "garbage-token": "fail" },
    ],
    [
      "takes any token",
      mcp((answer, { token }) => {
        if (token !== undefined) accept(answer);
      }),
      { "garbage-token": "fail" },
    ],
    [
      "takes tokens without a signature",
      mcp((answer, { token }) => {
        if (isUnsigned(token)) accept(answer);
      }),
      { "unsigned-token": "fail" },
    ],
    [
      "reads tokens and verifies no signature",
      mcp((answer, { token }) => {
        if (token !== undefined && payloadOf(token) !== undefined && !isUnsigned(token))
          accept(answer);
      }),
      { "forged-token": "fail" },
    ],
    [
      "takes a token from the URL",
      mcp((answer, { query }) => {
        if (query.has("access_token")) accept(answer);
      }),
      { "query-token": "fail" },
    ],
    [
      "reads the token in the URL, though it refuses it",
      challenge((header, { query, token }) =>
        query.has("access_token") && token === undefined
          ? header.replace("Bearer ", 'Bearer error="invalid_token", ')
          : header,
      ),
      { "query-token": "fail" },
    ],
    [
      "lets a session id in",
      mcp((answer, { headers }) => {
        if (headers["mcp-session-id"] !== undefined) accept(answer);
      }),
      { "session-only": "fail" },
    ],
    [
      "looks for the session before the token",
      mcp((answer, { headers }) => {
        if (headers["mcp-session-id"] !== undefined) answer.status = 404;
      }),
      { "session-only": "warn" },
    ],

    // Challenge
    [
      "sends no challenge",
      mcp((answer) => delete answer.headers["www-authenticate"]),
      { challenge: "fail" },
    ],
    ["asks for Basic", challenge(() => 'Basic realm="mcp"'), { challenge: "fail" }],
    [
      "forgets the commas",
      challenge((header) => header.replaceAll(", ", " ")),
      { "challenge-grammar": "fail" },
    ],
    [
      "says a parameter twice",
      challenge((header) => `${header}, scope="notes:use"`),
      { "challenge-grammar": "fail" },
    ],
    [
      "puts DPoP before Bearer",
      challenge((header) => `DPoP algs="ES256", ${header}`),
      { "challenge-clients": "fail" },
    ],
    [
      "puts scope= into a description that stands first",
      challenge((header) =>
        header.replace("Bearer ", 'Bearer error_description="ask for scope=admin", '),
      ),
      { "challenge-clients": "fail" },
    ],
    [
      "names an error where no token was sent",
      challenge((header) =>
        header.includes("error=")
          ? header
          : header.replace("Bearer ", 'Bearer error="invalid_token", '),
      ),
      { "challenge-no-error": "warn" },
    ],
    [
      "names no error for a bad token",
      challenge((header) => header.replace('error="invalid_token", ', "")),
      { "challenge-invalid-token": "warn" },
    ],
    [
      "does not name its metadata",
      challenge((header) => header.replace(/, resource_metadata="[^"]*"/, "")),
      { "challenge-resource-metadata": "fail" },
    ],
    [
      "names its metadata by a path",
      challenge((header) =>
        header.replace(/resource_metadata="[^"]*\/\.well/, 'resource_metadata="/.well'),
      ),
      { "challenge-resource-metadata": "fail", "resource-metadata": "fail" },
    ],
    [
      "names no scope",
      challenge((header) => header.replace('scope="notes:use", ', "")),
      { "challenge-scope": "warn" },
    ],
    [
      "makes every client ask for administration",
      challenge((header) => header.replace('scope="notes:use"', 'scope="notes:use notes:admin"')),
      { "challenge-scope-broad": "warn" },
    ],
    [
      "makes every client ask for everything",
      challenge((header) => header.replace('scope="notes:use"', 'scope="notes:*"')),
      { "challenge-scope-broad": "warn", "server-scopes": "warn" },
    ],
    [
      "asks for a scope that only sounds like all of them",
      challenge((header) => header.replace('scope="notes:use"', 'scope="notes:use callers:read"')),
      { "server-scopes": "warn" },
    ],
    [
      "asks for offline_access",
      challenge((header) =>
        header.replace('scope="notes:use"', 'scope="notes:use offline_access"'),
      ),
      { "challenge-offline-access": "fail", "server-scopes": "warn" },
    ],

    // Protected resource metadata
    [
      "has no metadata",
      (part, answer) => {
        if (part === "inserted" || part === "root") answer.status = 404;
      },
      { "resource-metadata": "fail" },
    ],
    [
      "names a metadata URL that leads nowhere",
      challenge((header) => header.replace("oauth-protected-resource/mcp", "nothing-here")),
      { "resource-metadata": "fail" },
    ],
    [
      "has it at the root only",
      (part, answer, request, where) => {
        if (part === "inserted") answer.status = 404;
        challenge((header) =>
          header.replace("oauth-protected-resource/mcp", "oauth-protected-resource"),
        )(part, answer, request, where);
      },
      { "resource-metadata-inserted": "warn" },
    ],
    [
      "does not have it at the root",
      (part, answer) => {
        if (part === "root") answer.status = 404;
      },
      { "resource-metadata-root": "warn" },
    ],
    [
      "sends it as text",
      (part, answer) => {
        if (part === "inserted") answer.headers["content-type"] = "text/plain";
      },
      { "resource-metadata": "warn" },
    ],
    [
      "redirects to it at another origin",
      (part, answer) => {
        if (part !== "inserted" && part !== "root") return;
        answer.status = 302;
        answer.headers["location"] = "https://elsewhere.example/document";
      },
      { "resource-metadata-redirect": "fail" },
    ],
    [
      "redirects to it at home",
      (part, answer) => {
        if (part !== "inserted") return;
        answer.status = 302;
        answer.headers["location"] = "/.well-known/oauth-protected-resource";
      },
      { "resource-metadata-redirect": "warn" },
    ],
    [
      "keeps pages from reading it",
      (part, answer) => {
        if (part === "inserted" || part === "root")
          delete answer.headers["access-control-allow-origin"];
      },
      { "resource-metadata-cors": "warn" },
    ],
    [
      "does not allow MCP-Protocol-Version there",
      (part, answer, { method }) => {
        if (part === "inserted" && method === "OPTIONS")
          delete answer.headers["access-control-allow-headers"];
      },
      { "resource-metadata-cors": "warn" },
    ],
    [
      "has no resource in it",
      document(METADATA, (body) => delete body["resource"]),
      { "resource-identifier": "fail" },
    ],
    [
      "says localhost for 127.0.0.1",
      document(
        METADATA,
        (body, { url }) => (body["resource"] = url.replace("127.0.0.1", "localhost")),
      ),
      { "resource-identifier": "fail" },
    ],
    [
      "adds a slash to its resource",
      document(METADATA, (body, { url }) => (body["resource"] = `${url}/`)),
      { "resource-identifier": "fail" },
    ],
    [
      "says https behind a proxy that was not told",
      document(METADATA, (body, { url }) => (body["resource"] = url.replace("http:", "https:"))),
      { "resource-identifier": "fail" },
    ],
    [
      "is another resource",
      document(METADATA, (body) => (body["resource"] = "https://other.example/mcp")),
      { "resource-identifier": "fail" },
    ],
    [
      "has a resource with a fragment",
      document(METADATA, (body, { url }) => (body["resource"] = `${url}#x`)),
      { "resource-identifier": "fail" },
    ],
    [
      "has its origin as resource",
      document(METADATA, (body, { origin }) => (body["resource"] = origin)),
      { "resource-identifier": "warn" },
    ],
    [
      "names no authorization server",
      document(METADATA, (body) => (body["authorization_servers"] = [])),
      { "authorization-servers": "fail" },
    ],
    [
      "lists no scopes",
      document(METADATA, (body) => delete body["scopes_supported"]),
      { "scopes-supported": "warn" },
    ],
    [
      "lists offline_access",
      document(
        [...METADATA, ...SERVER],
        (body) => (body["scopes_supported"] = ["notes:use", "offline_access"]),
      ),
      { "scopes-offline-access": "fail" },
    ],
    [
      "takes tokens in the URL, it says",
      document(METADATA, (body) => (body["bearer_methods_supported"] = ["header", "query"])),
      { "bearer-methods": "fail" },
    ],

    // Authorization server
    [
      "has an issuer that is not https",
      document(METADATA, (body) => (body["authorization_servers"] = ["http://issuer.example"])),
      { "issuer-url": "fail" },
    ],
    [
      "has an issuer without metadata",
      (part, answer) => {
        if (part === "server" || part === "oidc") answer.status = 404;
      },
      { "server-metadata": "fail" },
    ],
    [
      "has an issuer with OpenID Connect metadata only",
      (part, answer) => {
        if (part === "server") answer.status = 404;
      },
      { "server-metadata-forms": "warn" },
    ],
    [
      "adds a slash to the issuer",
      document(METADATA, (body, { origin }) => (body["authorization_servers"] = [`${origin}/as/`])),
      { issuer: "fail" },
    ],
    [
      "has an issuer that calls itself otherwise",
      document(SERVER, (body) => (body["issuer"] = "https://other.example")),
      { issuer: "fail" },
    ],
    [
      "has no token endpoint",
      document(SERVER, (body) => delete body["token_endpoint"]),
      { endpoints: "fail" },
    ],
    [
      "has a token endpoint without TLS",
      document(SERVER, (body) => (body["token_endpoint"] = "http://issuer.example/token")),
      { endpoints: "fail" },
    ],
    [
      "says nothing of PKCE",
      document(SERVER, (body) => delete body["code_challenge_methods_supported"]),
      { pkce: "fail" },
    ],
    [
      "knows plain PKCE only",
      document(SERVER, (body) => (body["code_challenge_methods_supported"] = ["plain"])),
      { pkce: "fail" },
    ],
    [
      "has no authorization code flow",
      document(SERVER, (body) => (body["grant_types_supported"] = ["client_credentials"])),
      { grants: "fail" },
    ],
    [
      "has no refresh tokens",
      document(SERVER, (body) => (body["grant_types_supported"] = ["authorization_code"])),
      { grants: "warn" },
    ],
    [
      "does not allow registration",
      document(SERVER, (body) => delete body["registration_endpoint"]),
      { registration: "warn" },
    ],
    [
      "does not know the scopes",
      document(SERVER, (body) => (body["scopes_supported"] = ["openid"])),
      { "server-scopes": "warn" },
    ],

    // Keys
    ["has no key set", document(SERVER, (body) => delete body["jwks_uri"]), { "key-set": "warn" }],
    [
      "has a key set that is not there",
      (part, answer) => {
        if (part === "keys") answer.status = 500;
      },
      { "key-set": "fail" },
    ],
    [
      "has an invalid key set",
      document("keys", (body) => (body["keys"] = {})),
      { "key-set": "fail" },
    ],
    ["has no key", document("keys", (body) => (body["keys"] = [])), { "key-usable": "fail" }],
    [
      "publishes a private key",
      document("keys", (body) => {
        const { privateKey } = generateTestKey("ES256");
        (body["keys"] as unknown[]).push({ ...privateKey.export({ format: "jwk" }), kid: "p" });
      }),
      { "key-private": "fail" },
    ],
    [
      "publishes a secret",
      document("keys", (body) => (body["keys"] as unknown[]).push({ kty: "oct", k: "c2VjcmV0" })),
      { "key-private": "fail" },
    ],
    [
      "has a short RSA key",
      document("keys", (body) =>
        (body["keys"] as unknown[]).push({
          kty: "RSA",
          n: Buffer.alloc(128, 255).toString("base64url"),
          e: "AQAB",
        }),
      ),
      { "key-size": "fail" },
    ],
    [
      "has a key that cannot be read",
      document("keys", (body) =>
        (body["keys"] as unknown[]).push({ kty: "EC", crv: "P-256", x: "AA", y: "AA" }),
      ),
      { "key-form": "warn" },
    ],
    [
      "has two keys with one id",
      document("keys", (body) => {
        const keys = body["keys"] as { kid: string }[];
        keys.push({ ...generateTestKey("ES256").publicJwk, kid: keys[0]?.kid ?? "" });
      }),
      { "key-id": "fail" },
    ],
    [
      "has two keys, one of them without id",
      document("keys", (body) =>
        (body["keys"] as unknown[]).push(generateTestKey("ES256").bareJwk),
      ),
      { "key-id": "warn" },
    ],

    // Browser clients
    [
      "asks preflights for a token",
      (part, answer) => {
        if (part === "preflight") answer.status = 401;
      },
      { "cors-preflight": "warn" },
    ],
    [
      "does not allow MCP-Protocol-Version",
      (part, answer) => {
        if (part === "preflight")
          answer.headers["access-control-allow-headers"] =
            "Authorization, Content-Type, Mcp-Session-Id";
      },
      { "cors-preflight": "warn" },
    ],
    [
      "allows * and takes Authorization to be in it",
      (part, answer) => {
        if (part === "preflight") answer.headers["access-control-allow-headers"] = "*";
      },
      { "cors-preflight": "warn" },
    ],
    [
      "knows nothing of CORS",
      (part, answer) => {
        if (part === "preflight" || part === "mcp")
          delete answer.headers["access-control-allow-origin"];
      },
      { "cors-preflight": "warn" },
    ],
    [
      "hides the challenge from pages",
      mcp((answer) => delete answer.headers["access-control-expose-headers"]),
      { "cors-expose": "warn" },
    ],

    // Clock
    ["has a clock that is a little slow", () => undefined, { clock: "warn" }, { clockAhead: 30 }],
    ["has a clock that is far ahead", () => undefined, { clock: "fail" }, { clockAhead: -120 }],

    // Clients
    ["is at home, for Claude", () => undefined, { "client-reach": "fail" }, { client: "claude" }],
    ["is at home, for ChatGPT", () => undefined, { "client-reach": "fail" }, { client: "chatgpt" }],
    ["is at home, for VS Code", () => undefined, {}, { client: "vscode" }],
    ["is at home, for the inspector", () => undefined, {}, { client: "inspector" }],
    [
      "hides the challenge from the inspector",
      mcp((answer) => delete answer.headers["access-control-expose-headers"]),
      { "cors-expose": "fail" },
      { client: "inspector" },
    ],
    [
      "has an authorization server that knows nothing of CORS, for the inspector",
      (part, answer) => {
        if (part === "server") delete answer.headers["access-control-allow-origin"];
      },
      { "client-server-cors": "fail" },
      { client: "inspector" },
    ],
    [
      "does not allow registration, for VS Code",
      document(SERVER, (body) => delete body["registration_endpoint"]),
      { registration: "warn", "client-registration": "warn" },
      { client: "vscode" },
    ],

    // What was typed
    [
      "was typed with the other name",
      () => undefined,
      { "resource-identifier": "fail" },
      { typed: ({ url }) => url.replace("127.0.0.1", "localhost") },
    ],
  ];

  it.each(table.map(([name, spoil, expected, options]) => ({ name, spoil, expected, options })))(
    "finds that it $name, and nothing else",
    async ({ spoil, expected, options }) => {
      const { amiss } = await findings(spoil, options);
      expect(amiss).toEqual(expected);
    },
  );

  it("follows no URL of a server elsewhere to this machine", async () => {
    // A way to the model that is not loopback by name; its documents name 127.0.0.1.
    const elsewhere = ({ url }: Model) => url.replace("127.0.0.1", "0.0.0.0");
    const publicIssuer = document(METADATA, (body, { origin }) => {
      body["authorization_servers"] = [`${origin.replace("127.0.0.1", "localhost")}/as`];
    });
    const { all } = await findings(publicIssuer, { typed: elsewhere });
    const hosts = new Set(model?.requests.map(({ headers }) => headers.host));
    expect([...hosts]).toEqual([new URL(elsewhere(model as Model)).host]);
    expect(all.find(({ check }) => check === "challenge-resource-metadata")?.verdict).toBe("fail");
    expect(all.find(({ check }) => check === "resource-metadata")).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("is loopback"),
    });
  });

  it("prints no control character of a server as JSON", async () => {
    model = await startModel(
      document(METADATA, (body) => (body["scopes_supported"] = ["x\x9b2K\u202e"])),
    );
    const { stdout } = await runCli(["doctor", "--url", model.url, "--json"]);
    expect(stdout).toContain("\\u009b2K\\u202e");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(stdout)).toHaveProperty("findings");
  });

  it("points to the endpoint when the host alone was typed", async () => {
    const { all } = await findings(undefined, { typed: ({ url }) => new URL(url).origin });
    const found = all.find(({ check }) => check === "resource-identifier");
    expect(found).toMatchObject({
      verdict: "fail",
      fix: `Type ${model?.url ?? ""}: resource must be the exact URL that users type.`,
    });
  });

  it("has a row here for every problem it can report", async () => {
    const { CHECKS } = await import("../../../src/cli/doctor/catalogue.js");
    const seen = new Set(table.flatMap(([, , expected]) => Object.keys(expected)));
    // Tested on their own, below and in unit tests.
    const elsewhere = [
      "env-options",
      "env-introspection",
      "dns",
      "https",
      "tls",
      "reachable",
      "resource-indicators",
    ];
    expect(
      Object.keys(CHECKS)
        .filter((check) => !seen.has(check))
        .sort(),
    ).toEqual(elsewhere.sort());
  });

  it("sends no credentials but ones that cannot work", async () => {
    await findings(undefined);
    const tokens = (model?.requests ?? []).flatMap(({ token, query }) => [
      ...(token === undefined ? [] : [token]),
      ...query.getAll("access_token"),
    ]);
    expect(tokens.length).toBe(4);
    for (const token of tokens) {
      const isObviouslyNone = token === "mcp-oauth-doctor-this-is-not-a-token";
      expect(isObviouslyNone || payloadOf(token)?.["sub"] === "mcp-oauth-doctor").toBe(true);
    }
  });
});

describe("doctor, of a server that is not there", () => {
  it("says so, and nothing else", async () => {
    const gone = await startModel();
    await gone.close();
    const found = await runDoctor({ url: gone.url, clock: () => Date.now() / 1000, env: {} });
    expect(found.filter(({ verdict }) => verdict === "fail").map(({ check }) => check)).toEqual([
      "reachable",
    ]);
  });

  it("says that a name does not resolve", async () => {
    const found = await runDoctor({
      url: "https://no-such-host.invalid/mcp",
      clock: () => Date.now() / 1000,
      env: {},
    });
    expect(found.map(({ check, verdict }) => [check, verdict])).toEqual([["dns", "fail"]]);
  });
});
