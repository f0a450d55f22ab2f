import {
  MESSAGES,
  type Language,
} from "../../authorization-server/people/pages/messages/messages.js";
import type {
  ClientView,
  FormView,
  PageName,
  PageViews,
  Site,
} from "../../authorization-server/people/pages/views.js";

/** Text that is dangerous where it is not escaped. */
export const HOSTILE = `<img src=x onerror=alert(1)>"'&</title></style><script>alert(2)</script>`;

/** Views of one page, by a name for messages. */
type Samples<Name extends PageName> = Readonly<Record<string, PageViews[Name]>>;

const form: FormView = { action: "/sample/form", fields: { form_token: "sample-token" } };
const scopes = [
  { scope: "notes:read", description: "Read your notes" },
  { scope: "notes:write", description: "Write and delete your notes" },
];
const client: ClientView = {
  id: "sample-client",
  name: "Notes for the desk",
  answersTo: { kind: "loopback", value: "127.0.0.1:53682" },
};
const hostile: ClientView = { ...client, name: HOSTILE };

/** Data for every page: usual, with everything, and hostile. */
export function sampleViews(language: Language = "en"): {
  readonly [Name in PageName]: Samples<Name>;
} {
  const site: Site = {
    language,
    messages: MESSAGES[language],
    theme: { links: [{ label: "Privacy", url: "https://example.com/privacy" }] },
    name: "auth.example.com",
  };
  return {
    signIn: signInSamples(site),
    consent: consentSamples(site),
    device: {
      usual: { site, form },
      offered: { site, form, userCode: "BDWP-HQPK" },
      failed: { site, form, userCode: "BDWP", problem: "wrong" },
      hostile: { site, form, userCode: HOSTILE },
    },
    apps: appsSamples(site),
    done: {
      usual: { site, what: "signed_out" },
      device: { site, what: "device_allowed" },
      denied: { site, what: "device_denied" },
    },
    error: {
      usual: { site, error: "invalid_client", advice: "add_again" },
      hostile: { site, error: HOSTILE, description: HOSTILE, advice: "start_again" },
    },
  };
}

function signInSamples(site: Site): Samples<"signIn"> {
  const usual: PageViews["signIn"] = { site, client, form, people: [], withPassword: true };
  return {
    usual,
    development: {
      ...usual,
      people: [
        { id: "alice", name: "Alice", hint: "alice@example.com" },
        { id: "bob", name: "bob", hint: "bob" },
      ],
    },
    failed: { ...usual, userName: "ada", problem: "wrong" },
    hostile: { ...usual, client: hostile, userName: HOSTILE, problem: "too_many" },
  };
}

function consentSamples(site: Site): Samples<"consent"> {
  const usual: PageViews["consent"] = {
    site,
    client,
    form,
    account: "Ada Lovelace",
    organizations: [],
    resources: [{ name: "Notes", identifier: "https://mcp.example.com/mcp", scopes }],
    identity: [],
    parameters: { client_id: client.id, scope: "notes:read notes:write" },
    canSwitchAccount: true,
  };
  return {
    usual,
    full: {
      ...usual,
      client: {
        ...client,
        name: "Notes app",
        verifiedHost: "notes.example.com",
        answersTo: { kind: "site", value: "callback.example.net" },
      },
      organizations: [
        { id: "acme", name: "Acme Ltd", chosen: true },
        { id: "globex", name: "Globex", chosen: false },
      ],
      identity: [{ scope: "openid", description: "Know who you are" }],
      rememberDays: 30,
      problem: "changed",
    },
    device: {
      ...usual,
      client: { ...client, answersTo: { kind: "device", value: "BDWP-HQPK" } },
    },
    hostile: { ...usual, client: hostile, account: HOSTILE },
  };
}

function appsSamples(site: Site): Samples<"apps"> {
  const account = "Ada Lovelace";
  const app = {
    id: client.id,
    name: client.name,
    scopes,
    organizations: [],
    since: "2026-01-15T08:00:00.000Z",
    lastUsed: "2026-03-02T16:30:00.000Z",
  };
  const verified = { ...app, id: "other", name: "Notes app", verifiedHost: "notes.example.com" };
  return {
    usual: { site, form, account, apps: [app, verified] },
    none: { site, form, account, apps: [] },
    hostile: {
      site,
      form,
      account: HOSTILE,
      apps: [{ ...app, name: HOSTILE, organizations: [HOSTILE] }],
    },
  };
}
