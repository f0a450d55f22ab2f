import type { IncomingMessage, ServerResponse } from "node:http";
import { readForm } from "../../http/read-form.js";
import { addressOf } from "../../http/request-notes.js";
import type { Account } from "../accounts/account.js";
import type { AccountDirectory } from "../accounts/account-directory.js";
import {
  FORM_TOKEN,
  formToken,
  hasToken,
  type BrowserBinding,
} from "../browser/browser-binding.js";
import type { OwnLogin } from "../sign-in/own-login.js";
import { sendPage, type Pages } from "../pages/pages.js";
import type { SignInView } from "../pages/views.js";
import { signInWith, type SignInParts } from "../sign-in/submitted-sign-in.js";
import { findApps, revokeApp, type ConnectedAppsParts } from "./connected-apps.js";
import { BrowserSession, type SessionParts } from "./browser-session.js";

export interface AppsParts extends ConnectedAppsParts, SignInParts, SessionParts {
  readonly issuer: string;
  /** Path of this page. */
  readonly appsPath: string;
  readonly accounts: AccountDirectory;
  readonly browsers: BrowserBinding;
  readonly pages: Pages;
  readonly ownLogin: OwnLogin | undefined;
}

/** One request to the page of connected applications. */
interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly browserId: string;
  readonly session: BrowserSession;
  readonly account: Account | undefined;
}

const RETURNED = "returned";

/**
 * The page of connected applications: what has access to the account of the
 * signed-in user, to revoke it, and to sign out.
 */
export function createAppsHandler(parts: AppsParts) {
  const ownOrigin = new URL(parts.issuer).origin;

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const refuse = (status: number, description: Parameters<Pages["error"]>[2]): void =>
      sendPage(res, status, parts.pages.error(req, "invalid_request", description));
    if (req.method !== "GET" && req.method !== "POST") return refuse(405, "onlyGetAndPost");
    const session = await BrowserSession.of(parts, req, res);
    const browserId = parts.browsers.begin(req, session.cookies);
    const account = await signedIn(parts, req, session);
    const visit: Visit = { req, res, browserId, session, account };
    if (req.method === "GET") return show(parts, visit);

    const submitted = await readForm(req, ownOrigin);
    if (!("form" in submitted)) return refuse(submitted.status, submitted.problem);
    const { form } = submitted;
    // The page of another account, or of another browser, does nothing.
    if (!hasToken(form, tokenOf(visit))) return show(parts, visit);
    return account === undefined ? signIn(parts, visit, form) : act(parts, visit, account, form);
  };
}

async function signedIn(
  { accounts, ownLogin, appsPath }: AppsParts,
  req: IncomingMessage,
  session: BrowserSession,
): Promise<Account | undefined> {
  if (ownLogin === undefined) {
    const id = session.accountId;
    return id === undefined ? undefined : accounts.find(id);
  }
  const answer = await ownLogin.ask(req, { returnTo: appsPath });
  return "accountId" in answer ? accounts.find(answer.accountId) : undefined;
}

async function show(parts: AppsParts, visit: Visit): Promise<void> {
  const { req, res, account } = visit;
  if (account === undefined) return showSignIn(parts, visit);
  const page = parts.pages.render("apps", req, {
    form: formOf(parts, visit),
    account: account.name ?? account.id,
    apps: await findApps(parts, account.id),
  });
  sendPage(res, 200, page);
}

async function showSignIn(
  parts: AppsParts,
  visit: Visit,
  failure: Pick<SignInView, "problem" | "userName"> = {},
): Promise<void> {
  const { accounts, ownLogin, pages, appsPath } = parts;
  const { req, res } = visit;
  if (ownLogin !== undefined) {
    const answer = await ownLogin.ask(req, { returnTo: `${appsPath}?${RETURNED}=1` });
    const hasReturned = new URLSearchParams(req.url?.split("?")[1]).has(RETURNED);
    if ("signIn" in answer && !hasReturned) return redirect(res, answer.signIn);
    const problem = "signIn" in answer ? "notSignedIn" : "noAccount";
    return sendPage(res, 403, pages.error(req, "access_denied", problem));
  }
  const page = pages.render("signIn", req, {
    form: formOf(parts, visit),
    people: accounts.people,
    withPassword: accounts.hasPasswords,
    ...failure,
  });
  sendPage(res, failure.problem === undefined ? 200 : 401, page);
}

async function signIn(parts: AppsParts, visit: Visit, form: URLSearchParams): Promise<void> {
  if (parts.ownLogin !== undefined) return show(parts, visit);
  const { req, res, browserId, session } = visit;
  const outcome = await signInWith(parts, form, { browserId, address: addressOf(req) });
  if (!outcome.ok) {
    const userName = form.get("username") ?? "";
    return showSignIn(parts, visit, { problem: outcome.problem, userName });
  }
  await session.begin(outcome.account.id);
  redirect(res, parts.appsPath);
}

async function act(
  parts: AppsParts,
  visit: Visit,
  account: Account,
  form: URLSearchParams,
): Promise<void> {
  const { req, res, session } = visit;
  const signedOut = () =>
    sendPage(res, 200, parts.pages.render("done", req, { what: "signed_out" }));
  switch (form.get("action") ?? "") {
    case "revoke":
      await revokeApp(parts, account.id, form.get("client") ?? "");
      return redirect(res, parts.appsPath);
    case "sign_out":
      await session.end();
      return signedOut();
    case "sign_out_everywhere":
      await parts.revoker.revokeBy("account", account.id);
      await session.end();
      return signedOut();
    default:
      sendPage(res, 400, parts.pages.error(req, "invalid_request", "formInvalid"));
  }
}

function formOf({ appsPath }: AppsParts, visit: Visit) {
  return { action: appsPath, fields: { [FORM_TOKEN]: tokenOf(visit) } };
}

function tokenOf({ browserId, account }: Visit): string {
  return formToken(browserId, ["apps", account?.id]);
}

function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { location, "cache-control": "no-store" });
  res.end();
}
