import { renderLoginPage } from "../pages/pages.js";
import { describeClient } from "./describe-request.js";
import { send, type InteractionParts, type PageVisit } from "./interaction.js";

interface Failure {
  readonly error?: string;
  readonly userName?: string;
}

/** Shows the sign-in page. */
export async function showSignIn(
  { provider, issuer, accounts, interactionPath }: InteractionParts,
  { res, details }: PageVisit,
  failure: Failure = {},
): Promise<void> {
  const people = accounts.all
    .filter(({ password }) => password === undefined)
    .map(({ id, name, email }) => ({ id, name: name ?? id, hint: email ?? id }));
  const page = renderLoginPage({
    issuer,
    client: await describeClient(provider, details),
    action: interactionPath(details.uid),
    people,
    withPassword: people.length < accounts.all.length,
    ...failure,
  });
  send(res, failure.error === undefined ? 200 : 401, page);
}

/** Signs in with a password, or with one click. */
export async function submitSignIn(
  parts: InteractionParts,
  visit: PageVisit,
  form: URLSearchParams,
): Promise<void> {
  const userName = form.get("username") ?? "";
  const outcome =
    form.get("action") === "pick"
      ? parts.accounts.pick(form.get("account") ?? "")
      : await parts.accounts.signIn(userName, form.get("password") ?? "");
  if (!outcome.ok) {
    const error =
      outcome.reason === "too_many"
        ? "Too many attempts. Wait five minutes and try again."
        : "User name or password is wrong.";
    return showSignIn(parts, visit, { error, userName });
  }
  const result = { login: { accountId: outcome.account.id } };
  const { req, res } = visit;
  return parts.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}
