import type { IncomingMessage, ServerResponse } from "node:http";
import type { errors, Provider } from "oidc-provider";
import type { AccountDirectory } from "./accounts.js";
import { IDENTITY_SCOPES } from "../options.js";
import {
  renderConsentPage,
  renderErrorPage,
  renderLoginPage,
  type ClientView,
  type Page,
} from "./pages.js";
import { readBody } from "../http/read-body.js";
import { addScopes, type ResourceCatalogue } from "../resources.js";

export interface InteractionParts {
  readonly provider: Provider;
  readonly issuer: string;
  readonly interactionPath: (uid: string) => string;
  readonly authorizationPath: string;
  readonly catalogue: ResourceCatalogue;
  readonly accounts: AccountDirectory;
  readonly SessionNotFound: typeof errors.SessionNotFound;
}

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

const FORM_BYTES = 8 * 1024;

/**
 * Handles the login and consent pages.
 *
 * CSRF protection: the interaction cookie is HttpOnly, SameSite=Lax, signed and
 * limited to the path of one interaction, which contains a random id. A
 * browser's `Origin` must be the issuer's, because SameSite treats all ports of
 * a host as one site.
 */
export function createInteractionHandler(parts: InteractionParts) {
  const { provider } = parts;
  const ownOrigin = new URL(parts.issuer).origin;

  return async (req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> => {
    if (req.method !== "GET" && req.method !== "POST") {
      return send(
        res,
        405,
        renderErrorPage("invalid_request", "This page accepts only GET and POST."),
      );
    }
    const details = await provider.interactionDetails(req, res).catch((error: unknown) => {
      // Any other error is a failure of this server: it must not look like an expired sign-in.
      if (error instanceof parts.SessionNotFound) return undefined;
      throw error;
    });
    if (details === undefined || details.uid !== uid) {
      return send(
        res,
        400,
        renderErrorPage(
          "invalid_request",
          "This sign-in has expired or belongs to another browser.",
        ),
      );
    }
    if (req.method === "GET") return show(res, details);

    const { origin } = req.headers;
    if (origin !== undefined && origin !== ownOrigin) {
      return send(
        res,
        403,
        renderErrorPage("invalid_request", "The form was sent from another site."),
      );
    }
    const body = await readBody(req, FORM_BYTES);
    if (body === undefined) {
      return send(res, 413, renderErrorPage("invalid_request", "The form is too large."));
    }
    return submit(req, res, details, new URLSearchParams(body));
  };

  async function show(res: ServerResponse, details: Details, failure: Failure = {}): Promise<void> {
    const client = await describeClient(provider, details);
    const action = parts.interactionPath(details.uid);
    const { issuer, accounts } = parts;
    if (details.prompt.name === "login") {
      const people = accounts.all
        .filter(({ password }) => password === undefined)
        .map(({ id, name, email }) => ({ id, name: name ?? id, hint: email ?? id }));
      const login = renderLoginPage({
        issuer,
        client,
        action,
        people,
        withPassword: people.length < accounts.all.length,
        ...failure,
      });
      return send(res, failure.error === undefined ? 200 : 401, login);
    }
    const account = accounts.find(details.session?.accountId ?? "");
    return send(
      res,
      200,
      renderConsentPage({
        issuer,
        client,
        action,
        account: account?.name ?? account?.id ?? "",
        ...describeRequest(details, parts.catalogue),
        canSwitchAccount: accounts.all.length > 1,
      }),
    );
  }

  async function submit(
    req: IncomingMessage,
    res: ServerResponse,
    details: Details,
    form: URLSearchParams,
  ): Promise<void> {
    const action = form.get("action");
    if (action === "deny") {
      const result = { error: "access_denied", error_description: "The request was denied" };
      return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
    }
    if (details.prompt.name === "login" && (action === "login" || action === "pick")) {
      const userName = form.get("username") ?? "";
      const outcome =
        action === "pick"
          ? parts.accounts.pick(form.get("account") ?? "")
          : await parts.accounts.signIn(userName, form.get("password") ?? "");
      if (!outcome.ok) {
        const error =
          outcome.reason === "too_many"
            ? "Too many attempts. Wait five minutes and try again."
            : "User name or password is wrong.";
        return show(res, details, { error, userName });
      }
      const result = { login: { accountId: outcome.account.id } };
      return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
    }
    if (details.prompt.name === "consent" && action === "allow") {
      const result = { consent: { grantId: await saveGrant(details) } };
      return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
    }
    if (details.prompt.name === "consent" && action === "switch") {
      return startAgain(req, res, details);
    }
    return send(res, 400, renderErrorPage("invalid_request", "The form is not valid."));
  }

  async function saveGrant(details: Details): Promise<string> {
    const { params, session, grantId } = details;
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant =
      known ??
      new provider.Grant({
        accountId: session?.accountId,
        clientId: params["client_id"] as string,
      });
    addScopes(grant, requestedScopes(details), requestedResources(details), parts.catalogue);
    return grant.save();
  }

  /** Signs out and repeats the authorization request. */
  async function startAgain(
    req: IncomingMessage,
    res: ServerResponse,
    details: Details,
  ): Promise<void> {
    const context = provider.createContext(req, res);
    const session = await provider.Session.get(context);
    await session.destroy();
    await details.destroy();
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(details.params)) {
      for (const one of [value].flat()) if (typeof one === "string") query.append(name, one);
    }
    res.writeHead(303, {
      location: `${parts.authorizationPath}?${query.toString()}`,
      "cache-control": "no-store",
    });
    res.end();
  }
}

interface Failure {
  readonly error?: string;
  readonly userName?: string;
}

function send(res: ServerResponse, status: number, { html, headers }: Page): void {
  res.writeHead(status, headers);
  res.end(html);
}

function requestedScopes({ params }: Details): string[] {
  return typeof params["scope"] === "string" ? params["scope"].split(" ") : [];
}

function requestedResources({ params }: Details): string[] {
  return [params["resource"]].flat().filter((resource) => typeof resource === "string");
}

async function describeClient(provider: Provider, { params }: Details): Promise<ClientView> {
  const clientId = params["client_id"] as string;
  const client = await provider.Client.find(clientId);
  // The metadata of a client id that is a URL was fetched from that URL, and names it.
  const verifiedHost = /^https:/i.test(clientId) ? new URL(clientId).host : undefined;
  return {
    name: client?.clientName ?? verifiedHost ?? clientId,
    ...(verifiedHost !== undefined && { verifiedHost }),
    redirectUri: params["redirect_uri"] as string,
  };
}

function describeRequest(details: Details, catalogue: ResourceCatalogue) {
  const scopes = requestedScopes(details);
  const describe = (known: Readonly<Record<string, string>>) =>
    scopes.flatMap((scope) =>
      Object.hasOwn(known, scope) ? [{ scope, description: known[scope] ?? scope }] : [],
    );
  const resources = requestedResources(details).flatMap((indicator) => {
    const found = catalogue.find(indicator);
    if (found === undefined) return [];
    return [{ name: found.name, identifier: found.resource, scopes: describe(found.scopes) }];
  });
  return { resources, identity: describe(IDENTITY_SCOPES) };
}
