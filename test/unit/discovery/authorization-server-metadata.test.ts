import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  fetchMetadata,
  metadataUrls,
  parseMetadata,
} from "../../../src/discovery/authorization-server-metadata.js";
import { ConfigurationError, OAuthError, UnavailableError } from "../../../src/core/errors.js";
import { OutboundError, type OutboundFailure } from "../../../src/net/outbound-fetch.js";

const ISSUER = "https://idp.example/tenant";
const [RFC8414, OIDC, OIDC_INSERTED, RFC8414_APPENDED] = metadataUrls(ISSUER) as [
  string,
  string,
  string,
  string,
];

const document = (changes: Record<string, unknown> = {}) => ({
  issuer: ISSUER,
  jwks_uri: "https://keys.example/jwks",
  introspection_endpoint: "https://idp.example/introspect",
  ...changes,
});
const json =
  (body: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(body), { status });
const fails = (failure: OutboundFailure) => () => {
  throw new OutboundError(failure, "x");
};

/** Answers by URL, 404 for the rest, and notes what was asked. */
function server(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    return (answers[url] ?? json({}, 404))();
  };
  return { asked, fetch };
}

describe("metadataUrls", () => {
  it.each([
    [
      "https://idp.example",
      [
        "https://idp.example/.well-known/oauth-authorization-server",
        "https://idp.example/.well-known/openid-configuration",
      ],
    ],
    [
      "https://tenant.auth0.com/",
      [
        "https://tenant.auth0.com/.well-known/oauth-authorization-server",
        "https://tenant.auth0.com/.well-known/openid-configuration",
      ],
    ],
    [
      "https://idp.example/realms/a",
      [
        "https://idp.example/.well-known/oauth-authorization-server/realms/a",
        "https://idp.example/realms/a/.well-known/openid-configuration",
        "https://idp.example/.well-known/openid-configuration/realms/a",
        "https://idp.example/realms/a/.well-known/oauth-authorization-server",
      ],
    ],
    [
      "https://idp.example:8443/a/",
      [
        "https://idp.example:8443/.well-known/oauth-authorization-server/a",
        "https://idp.example:8443/a/.well-known/openid-configuration",
        "https://idp.example:8443/.well-known/openid-configuration/a",
        "https://idp.example:8443/a/.well-known/oauth-authorization-server",
      ],
    ],
  ])("of %s, in order", (issuer, urls) => {
    expect(metadataUrls(issuer)).toEqual(urls);
  });

  it.each(["http://localhost:3000", "http://127.0.0.1:3000/a", "http://[::1]:3000"])(
    "are had of %s, for development",
    (issuer) => {
      expect(metadataUrls(issuer)[0]).toMatch(/^http:/);
    },
  );

  it.each([
    "http://idp.example",
    "ftp://idp.example",
    "idp.example",
    "",
    "https://user:pass@idp.example",
    "https://idp.example?x=1",
    "https://idp.example/#x",
    "https://idp.example/?",
  ])("are not had of %j", (issuer) => {
    expect(() => metadataUrls(issuer)).toThrow(ConfigurationError);
    expect(() => metadataUrls(issuer)).not.toThrow(/pass/);
  });
});

describe("parseMetadata", () => {
  it("takes a good document and leaves out what it does not know", () => {
    const parsed = parseMetadata(document({ extra: 1, scopes_supported: ["a"] }), ISSUER);
    expect(parsed).toEqual({ ok: true, metadata: document({ scopes_supported: ["a"] }) });
  });

  it.each([
    "https://idp.example/tenant/",
    "https://IDP.example/tenant",
    "https://idp.example/other",
    "https://idp.example:443/tenant",
    "https://idp.example",
    "",
  ])("refuses the issuer %j: it must be identical", (issuer) => {
    expect(parseMetadata(document({ issuer }), ISSUER)).toEqual({
      ok: false,
      reason: "discovery_issuer_mismatch",
    });
  });

  it("takes an issuer with a slash at the end when it is configured so", () => {
    const issuer = "https://tenant.auth0.com/";
    expect(parseMetadata({ issuer }, issuer)).toMatchObject({ ok: true });
    expect(parseMetadata({ issuer }, "https://tenant.auth0.com")).toMatchObject({ ok: false });
  });

  it.each([
    "jwks_uri",
    "introspection_endpoint",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
  ])("wants %s to be https, and not on this machine", (name) => {
    const parse = (endpoint: string) => parseMetadata(document({ [name]: endpoint }), ISSUER);
    expect(parse("https://other.example/x")).toMatchObject({ ok: true });
    for (const endpoint of [
      "http://idp.example/x",
      "http://localhost/x",
      "https://localhost/x",
      "http://127.0.0.1/x",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "/x",
      "",
    ]) {
      expect(parse(endpoint)).toEqual({ ok: false, reason: "discovery_insecure_endpoint" });
    }
  });

  it("lets a loopback issuer name loopback endpoints", () => {
    const issuer = "http://localhost:3000";
    const parse = (endpoint: string) => parseMetadata({ issuer, jwks_uri: endpoint }, issuer);
    expect(parse("http://localhost:3000/jwks")).toMatchObject({ ok: true });
    expect(parse("http://127.0.0.1:3001/jwks")).toMatchObject({ ok: true });
    expect(parse("http://idp.example/jwks")).toMatchObject({ ok: false });
    expect(parse("ftp://localhost/jwks")).toMatchObject({ ok: false });
  });

  it("reads null as absent", () => {
    const parsed = parseMetadata(document({ jwks_uri: null, registration_endpoint: null }), ISSUER);
    expect(parsed).toEqual({
      ok: true,
      metadata: { issuer: ISSUER, introspection_endpoint: "https://idp.example/introspect" },
    });
  });

  it("ignores members that should be lists and are not", () => {
    const parsed = parseMetadata(document({ scopes_supported: "openid" }), ISSUER);
    expect(parsed).toMatchObject({ ok: true, metadata: { scopes_supported: undefined } });
  });

  it.each([null, [], "x", 7, {}, { issuer: 7 }, document({ jwks_uri: 7 })])(
    "finds %j malformed",
    (input) => {
      expect(parseMetadata(input, ISSUER)).toEqual({ ok: false, reason: "discovery_malformed" });
    },
  );

  it("never throws, and never takes an insecure endpoint", () => {
    const url = fc.oneof(
      fc.webUrl({ validSchemes: ["http", "https", "ftp"] }),
      fc.string(),
      fc.constantFrom("http://localhost", "https://[::1]/", "https://2130706433/"),
    );
    const input = fc.oneof(
      fc.anything(),
      fc.record(
        {
          issuer: fc.oneof(fc.constant(ISSUER), fc.anything()),
          jwks_uri: fc.oneof(url, fc.anything()),
          introspection_endpoint: fc.oneof(url, fc.anything()),
          scopes_supported: fc.anything(),
        },
        { requiredKeys: ["issuer"] },
      ),
    );
    fc.assert(
      fc.property(input, (value) => {
        const parsed = parseMetadata(value, ISSUER);
        if (!parsed.ok) return;
        expect(parsed.metadata.issuer).toBe(ISSUER);
        for (const endpoint of [parsed.metadata.jwks_uri, parsed.metadata.introspection_endpoint]) {
          if (endpoint !== undefined) expect(new URL(endpoint).protocol).toBe("https:");
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("fetchMetadata", () => {
  it.each([
    [RFC8414, 1],
    [OIDC, 2],
    [OIDC_INSERTED, 3],
    [RFC8414_APPENDED, 4],
  ])("finds it at %s, asked as number %d", async (url, calls) => {
    const { asked, fetch } = server({ [url]: json(document()) });
    expect(await fetchMetadata(ISSUER, fetch)).toMatchObject({ issuer: ISSUER });
    expect(asked).toHaveLength(calls);
  });

  it.each([400, 401, 403, 404, 405, 410])("goes on after a %d", async (status) => {
    const { fetch } = server({ [RFC8414]: json({}, status), [OIDC]: json(document()) });
    expect(await fetchMetadata(ISSUER, fetch)).toMatchObject({ issuer: ISSUER });
  });

  it.each([
    ["a start page", () => new Response("<!doctype html>")],
    ["another issuer's document", json(document({ issuer: "https://idp.example" }))],
    ["a redirect", fails("redirect")],
    ["an error", json({}, 500)],
  ])("goes on after %s", async (_, answer) => {
    const { fetch } = server({ [RFC8414]: answer, [OIDC]: json(document()) });
    expect(await fetchMetadata(ISSUER, fetch)).toMatchObject({ issuer: ISSUER });
  });

  it.each([
    ["discovery_not_found", {}],
    ["discovery_malformed", { [OIDC]: () => new Response("<!doctype html>") }],
    ["discovery_malformed", { [OIDC]: fails("too_large") }],
    ["discovery_redirect", { [OIDC]: fails("redirect") }],
    ["discovery_issuer_mismatch", { [OIDC]: json(document({ issuer: "https://evil.example" })) }],
    ["discovery_insecure_endpoint", { [OIDC]: json(document({ jwks_uri: "http://idp.example" })) }],
    // An outage at one URL is never "not found", even if the others answer 404.
    ["discovery_unreachable", { [RFC8414]: json({}, 500) }],
    ["discovery_unreachable", { [OIDC_INSERTED]: json({}, 503) }],
    ["discovery_unreachable", { [OIDC]: json({}, 429) }],
    ["discovery_unreachable", { [OIDC]: json({}, 408) }],
    [
      "discovery_unreachable",
      { [RFC8414]: json({}, 502), [OIDC]: json(document({ issuer: "https://evil.example" })) },
    ],
    ["discovery_unreachable", { [RFC8414]: fails("network") }],
    ["discovery_unreachable", { [OIDC]: fails("timeout") }],
    ["discovery_address_refused", { [RFC8414]: fails("address_refused") }],
  ] as [string, Record<string, () => Response>][])("says %s", async (reason, answers) => {
    const { fetch } = server(answers);
    await expect(fetchMetadata(ISSUER, fetch)).rejects.toMatchObject({ status: 503, reason });
  });

  it("does not ask a host that does not answer at three more places", async () => {
    const { asked, fetch } = server({ [RFC8414]: fails("timeout") });
    await expect(fetchMetadata(ISSUER, fetch)).rejects.toThrow(UnavailableError);
    expect(asked).toHaveLength(1);
  });

  it("never ends in an error that is not an OAuthError", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom(200, 204, 404, 500),
        async (text, status) => {
          const fetch = async () => new Response(status === 204 ? null : text, { status });
          await expect(fetchMetadata(ISSUER, fetch)).rejects.toBeInstanceOf(OAuthError);
        },
      ),
      { numRuns: 200 },
    );
  });
});
