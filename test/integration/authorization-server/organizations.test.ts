import { describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import type { ClaimsRequest, Organization } from "../../../src/authorization-server/index.js";
import {
  authorizationUrl,
  closedAfterEach,
  createBrowser,
  OPAQUE,
  postForm,
  register,
  RESOURCE,
  start,
  type AuthorizeOptions,
  type TokenReply,
} from "./helpers.js";

const SITE = "https://app.example.com/cb";
const ACME = { id: "acme", name: "Acme <Ltd>" };
const GLOBEX = { id: "globex", name: "Globex" };

const closing = closedAfterEach();

/** A server on which Alice belongs to the organizations that the test sets. */
async function world(memberships: Organization[] | undefined, options: object = {}) {
  const state = { memberships: memberships ?? [] };
  const server = closing(
    await start({
      autoApprove: undefined,
      accounts: [{ id: "alice", name: "Alice", email: "a@example.com", claims: { plan: "team" } }],
      ...(memberships !== undefined && { organizations: () => state.memberships }),
      ...options,
    } as object),
  );
  const client = await register(server, { redirect_uris: [SITE] });
  const browser = createBrowser();
  const begin = async (more: AuthorizeOptions = {}) => {
    const begun = await authorizationUrl(server, client, { redirectUri: SITE, ...more });
    const headers = { "sec-fetch-site": "none" };
    return { page: await browser.visit(begun.authorizationUrl, { headers }), ...begun };
  };
  const exchange = (url: URL, codeVerifier: string): Promise<TokenReply> =>
    postForm(server, {
      grant_type: "authorization_code",
      client_id: client.information.client_id,
      code: url.searchParams.get("code") ?? "",
      code_verifier: codeVerifier,
      redirect_uri: SITE,
    });
  const refresh = ({ body }: TokenReply) =>
    postForm(server, {
      grant_type: "refresh_token",
      client_id: client.information.client_id,
      refresh_token: String(body["refresh_token"]),
    });
  /** Signs in and allows; returns the tokens. */
  const connect = async (fields: Record<string, string>, more?: AuthorizeOptions) => {
    const { page, codeVerifier } = await begin(more);
    const consent = page.html.includes('value="pick"')
      ? await browser.submit(page, { action: "pick", account: "alice" })
      : page;
    const { url } = await browser.submit(consent, { action: "allow", ...fields });
    return exchange(url, codeVerifier);
  };
  return { state, server, client, browser, begin, exchange, refresh, connect };
}

const claimsOf = ({ body }: TokenReply) => decodeJwt(String(body["access_token"]));

describe("organizations", () => {
  it("are chosen on the consent page, and become org_id of all tokens", async () => {
    const { browser, begin, exchange, refresh } = await world([ACME, GLOBEX]);
    const { page, codeVerifier } = await begin();
    const consent = await browser.submit(page, { action: "pick", account: "alice" });
    expect(consent.html).toContain("Acme &lt;Ltd&gt;");
    expect(consent.html).not.toContain("checked");
    const { url } = await browser.submit(consent, { action: "allow", organization: "globex" });
    const tokens = await exchange(url, codeVerifier);
    expect(claimsOf(tokens)).toMatchObject({ org_id: "globex" });
    expect(claimsOf(await refresh(tokens))).toMatchObject({ org_id: "globex" });
  });

  it("are preselected when there is one, and absent when the server has none", async () => {
    const one = await world([ACME]);
    const { page } = await one.begin();
    const consent = await one.browser.submit(page, { action: "pick", account: "alice" });
    expect(consent.html).toMatch(/value="acme"[^>]*checked/);
    const none = await world(undefined);
    expect(claimsOf(await none.connect({}))).not.toHaveProperty("org_id");
  });

  it.each(["", "umbrella"])("are checked on submit: %j is refused", async (organization) => {
    const { browser, begin } = await world([ACME, GLOBEX]);
    const { page } = await begin();
    const consent = await browser.submit(page, { action: "pick", account: "alice" });
    const refused = await browser.submit(consent, { action: "allow", organization });
    expect(refused.status).toBe(409);
    expect(refused.html).toContain("Choose an organization that you belong to.");
  });

  it("of which the user has none give a page that says so", async () => {
    const { browser, begin } = await world([]);
    const { page } = await begin();
    const refused = await browser.submit(page, { action: "pick", account: "alice" });
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("Your account has no access here.");
  });

  it("have one grant each: leaving one ends its tokens, and those of no other", async () => {
    const { state, connect, refresh } = await world([ACME, GLOBEX]);
    const acme = await connect({ organization: "acme" });
    const globex = await connect({ organization: "globex" });
    state.memberships = [GLOBEX];
    expect((await refresh(acme)).body).toMatchObject({ error: "invalid_grant" });
    expect((await refresh(globex)).status).toBe(200);
    // Nothing was used up: a mistake in the membership is repaired by correcting it.
    state.memberships = [ACME, GLOBEX];
    expect(claimsOf(await refresh(acme))).toMatchObject({ org_id: "acme" });
  });

  it("are checked between the consent and the code", async () => {
    const { state, browser, begin, exchange } = await world([ACME]);
    const { page, codeVerifier } = await begin();
    const consent = await browser.submit(page, { action: "pick", account: "alice" });
    const { url } = await browser.submit(consent, { action: "allow", organization: "acme" });
    state.memberships = [GLOBEX];
    expect((await exchange(url, codeVerifier)).body).toMatchObject({ error: "invalid_grant" });
  });

  it("are remembered with the consent, until the user leaves", async () => {
    const { state, connect, begin, exchange } = await world([ACME, GLOBEX]);
    await connect({ organization: "globex", remember: "yes" });
    const silent = await begin();
    const tokens = await exchange(silent.page.url, silent.codeVerifier);
    expect(claimsOf(tokens)).toMatchObject({ org_id: "globex" });
    state.memberships = [ACME];
    const asked = await begin();
    expect(asked.page.html).toContain('value="allow"');
    expect(asked.page.html).not.toContain("globex");
  });
});

describe("claims", () => {
  const recorded = () => {
    const requests: ClaimsRequest[] = [];
    const claims = (request: ClaimsRequest) => {
      requests.push(request);
      return Promise.resolve({ tier: "gold" });
    };
    return { requests, claims };
  };

  it("of the application know account, organization, client, scopes and resource", async () => {
    const { requests, claims } = recorded();
    const { connect, client } = await world([ACME], { claims });
    const tokens = await connect({ organization: "acme" });
    expect(claimsOf(tokens)).toMatchObject({ tier: "gold", plan: "team", org_id: "acme" });
    expect(requests.at(-1)).toEqual({
      account: expect.objectContaining({ id: "alice" }),
      organization: "acme",
      client: { id: client.information.client_id, name: "Test client" },
      scopes: ["mcp:read"],
      resource: RESOURCE,
    });
  });

  it("are in ID tokens, introspection and userinfo too", async () => {
    const { claims } = recorded();
    const { connect, server } = await world(undefined, { claims });
    const { body } = await connect({}, { scope: "openid mcp:read", resource: OPAQUE });
    expect(decodeJwt(String(body["id_token"]))).toMatchObject({ tier: "gold", plan: "team" });
    const authorization = `Basic ${Buffer.from("opaque-server:rs-secret").toString("base64")}`;
    const form = { token: String(body["access_token"]) };
    const introspected = await postForm(server, form, { authorization }, "/introspect");
    expect(introspected.body).toMatchObject({ active: true, tier: "gold" });
    const userinfo = await fetch(`${server.url}/userinfo`, {
      headers: { authorization: `Bearer ${String(body["access_token"])}` },
    });
    expect(await userinfo.json()).toMatchObject({ sub: "alice", tier: "gold", plan: "team" });
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("database is away");
      },
    ],
    ["sets a claim of the token", () => ({ aud: "https://other.example.com" })],
    ["sets the organization", () => ({ org_id: "umbrella" })],
    ["returns no object", () => "gold"],
  ])(
    "whose function %s are an error page on consent and 503 for a refresh, which works afterwards",
    async (_, failing) => {
      const errors: Error[] = [];
      let fails = false;
      const { connect, refresh, begin, browser } = await world(undefined, {
        claims: () => (fails ? failing() : { tier: "gold" }),
        onError: (error: Error) => errors.push(error),
      });
      const tokens = await connect({});
      fails = true;
      const refused = await refresh(tokens);
      expect(refused.status).toBe(503);
      expect(refused.headers.get("retry-after")).toBe("5");
      const { page } = await begin();
      const failed = await browser.submit(page, { action: "allow" });
      expect(failed.status).toBe(503);
      expect(failed.html).toContain("Wait a moment and try again.");
      expect(errors.map(({ message }) => message)).toContainEqual(
        expect.stringContaining("function claims"),
      );
      fails = false;
      expect(claimsOf(await refresh(tokens))).toMatchObject({ tier: "gold" });
      const { url } = await browser.submit(page, { action: "allow" });
      expect(url.searchParams.has("code")).toBe(true);
    },
  );
});
