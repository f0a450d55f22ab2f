import type { errors, interactionPolicy, KoaContextWithOIDC } from "oidc-provider";
import type { Clock } from "../../../core/clock.js";
import { browserHash, isBrowser, type BrowserBinding } from "../browser/browser-binding.js";
import type { OwnLogin } from "../sign-in/own-login.js";
import { reasonToAsk } from "./consent-decision.js";
import { readRemembered, redirectHostOf } from "./remembered-consent.js";

export interface PolicyParts {
  readonly library: typeof interactionPolicy;
  readonly browsers: BrowserBinding;
  readonly clock: Clock;
  readonly ownLogin: OwnLogin | undefined;
  readonly SessionNotFound: typeof errors.SessionNotFound;
}

type Policy = ReturnType<typeof interactionPolicy.base>;

/**
 * When the sign-in page and the consent page are shown.
 *
 * oidc-provider runs these checks at the authorization endpoint, and again when
 * the browser comes back from a page. Its own checks stay, except the one for
 * native clients, which {@link reasonToAsk} contains.
 */
export function createInteractionPolicy(parts: PolicyParts): Policy {
  const { library, clock, browsers, ownLogin } = parts;
  const { Check } = library;
  const policy = library.base();
  const login = promptOf(policy, "login");
  const consent = promptOf(policy, "consent");

  for (const prompt of [login, consent]) {
    const { details } = prompt;
    prompt.details = async (ctx) => ({
      ...(await details(ctx)),
      browser: browserHash(browsers.begin(ctx.req, ctx.cookies)),
    });
  }
  login.checks.add(
    new Check("browser", "the same browser is required", "login_required", (ctx) => {
      refuseOtherBrowser(ctx, parts);
      return Check.NO_NEED_TO_PROMPT;
    }),
    0,
  );
  login.checks.add(
    new Check("account_gone", "the account can no longer sign in", "login_required", ({ oidc }) =>
      oidc.session?.accountId !== undefined && oidc.account === undefined
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT,
    ),
  );
  if (ownLogin !== undefined) login.checks.add(applicationSession(Check, ownLogin));
  consent.checks.remove("native_client_prompt");
  consent.checks.add(
    new Check("consent_missing", "consent is required", "consent_required", (ctx) =>
      mustAsk(ctx, clock()) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
    0,
  );
  return policy;
}

/** Notices that the user signed out of the application, or that another user signed in. */
function applicationSession(
  Check: PolicyParts["library"]["Check"],
  ownLogin: OwnLogin,
): interactionPolicy.Check {
  const description = "the session of the application has changed";
  return new Check("application_session", description, "login_required", async (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    // The check for a missing session asks for a sign-in.
    if (accountId === undefined) return Check.NO_NEED_TO_PROMPT;
    return (await ownLogin.isStill(ctx.req, accountId))
      ? Check.NO_NEED_TO_PROMPT
      : Check.REQUEST_PROMPT;
  });
}

function promptOf(policy: Policy, name: string): interactionPolicy.Prompt {
  const prompt = policy.get(name);
  if (prompt === undefined) throw new Error(`oidc-provider has no prompt ${name}`);
  return prompt;
}

/**
 * What a user decided counts only in the browser in which the request began. An
 * attacker could otherwise decide in one browser and let another one continue.
 */
function refuseOtherBrowser({ oidc, req }: KoaContextWithOIDC, parts: PolicyParts): void {
  const begun = oidc.entities.Interaction;
  if (begun === undefined) return;
  const { browser } = begun.prompt.details as { browser?: unknown };
  if (isBrowser(parts.browsers.idOf(req), browser)) return;
  const error = new parts.SessionNotFound("the request belongs to another browser");
  // An error page: the client of this request may be the attacker's.
  throw Object.assign(error, { allow_redirect: false });
}

function mustAsk(ctx: KoaContextWithOIDC, now: number): boolean {
  const { oidc } = ctx;
  const { client, session, params } = oidc;
  if (oidc.result?.consent !== undefined) return false;
  if (client === undefined || session === undefined) return true;
  // Only a request that needs no page at all can be answered by a remembered consent.
  if (oidc.entities.Interaction !== undefined || oidc.deviceCode !== undefined) return true;
  const redirectUri = params?.["redirect_uri"];
  const reason = reasonToAsk({
    remembered: readRemembered(session, client.clientId),
    redirectHost: redirectHostOf(typeof redirectUri === "string" ? redirectUri : undefined),
    isNative: client.applicationType === "native",
    site: ctx.get("sec-fetch-site"),
    now,
  });
  return reason !== undefined;
}
