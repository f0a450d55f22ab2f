import { describe, expect, it } from "@jest/globals";
import {
  InvalidTokenError,
  OAuthAuthProvider,
  UnavailableError,
  type TokenCallback,
} from "../../../src/index.js";
import { blocksOf, runSnippet } from "../../support/run-snippet.js";

/** The functions of the page, with the platform's answers. */
const CODE = blocksOf("docs/guides/other-platforms.md", "ts");
const signal = new AbortController().signal;

interface Refused {
  readonly reason: string;
}

interface Sent {
  readonly url: string;
  readonly init: { readonly headers: object; readonly redirect: string; readonly signal: unknown };
}

async function functionOf(name: string, status: number, body: object = {}) {
  const sent: Sent[] = [];
  const fetch = async (url: string, init: Sent["init"]) => {
    sent.push({ url, init });
    return new Response(JSON.stringify(body), { status });
  };
  const given = { InvalidTokenError, OAuthAuthProvider, UnavailableError, fetch };
  const code = CODE.find((block) => block.includes(`function ${name}(`)) ?? "";
  const validate = (await runSnippet(code, given, name)) as TokenCallback;
  return { validate: async () => validate("the-token", signal), sent };
}

const DISCORD = {
  application: { id: "1180000000000000000", name: "mine" },
  scopes: ["identify"],
  expires: "2027-01-15T08:00:00.000000+00:00",
  user: { id: "80351110224678912", username: "ada" },
};
const HUGGING_FACE = {
  type: "user",
  id: "62f264b9f3c90f4b6514a269",
  name: "ada",
  orgs: [{ type: "org", name: "acme" }],
  auth: { type: "access_token" },
};

describe.each([
  {
    name: "discord",
    answer: DISCORD,
    url: "https://discord.com/api/v10/oauth2/@me",
    token: {
      active: true,
      issuer: "https://discord.com",
      subject: "80351110224678912",
      clientId: "1180000000000000000",
      scopes: ["identify"],
      expiresAt: 1_800_000_000,
    },
    refused: [
      { application: { id: "1" }, reason: "custom_other_application" },
      { user: undefined, reason: "custom_user_missing" },
    ],
  },
  {
    name: "huggingFace",
    answer: HUGGING_FACE,
    url: "https://huggingface.co/api/whoami-v2",
    token: {
      active: true,
      issuer: "https://huggingface.co",
      subject: "62f264b9f3c90f4b6514a269",
    },
    refused: [
      { orgs: [{ name: "acme-evil" }], reason: "custom_not_a_member" },
      { type: "org", reason: "custom_not_a_member" },
      { orgs: undefined, reason: "custom_not_a_member" },
    ],
  },
])("the function $name of docs/guides/other-platforms.md", ({ name, answer, ...row }) => {
  it("describes a token as the platform does, and sends it there only", async () => {
    const { validate, sent } = await functionOf(name, 200, answer);
    expect(await validate()).toEqual(row.token);
    expect(sent).toEqual([
      {
        url: row.url,
        init: { headers: { Authorization: "Bearer the-token" }, redirect: "error", signal },
      },
    ]);
  });

  it.each<Refused>(row.refused)("refuses: $reason", async ({ reason, ...members }) => {
    const { validate } = await functionOf(name, 200, { ...answer, ...members });
    await expect(validate()).rejects.toMatchObject({ status: 401, reason });
  });

  it("does not know a token that the platform refuses", async () => {
    const { validate } = await functionOf(name, 401);
    expect(await validate()).toBeUndefined();
  });

  it.each([429, 403, 500, 503])("takes %d for an outage", async (status) => {
    const { validate } = await functionOf(name, status);
    await expect(validate()).rejects.toMatchObject({ status: 503 });
  });
});
