import type { IncomingMessage, ServerResponse } from "node:http";
import type { errors, Provider } from "oidc-provider";
import type { AccountDirectory } from "../accounts/account-directory.js";
import type { Page } from "../pages/pages.js";
import type { ResourceCatalogue } from "../../resources.js";

export interface InteractionParts {
  readonly provider: Provider;
  readonly issuer: string;
  readonly interactionPath: (uid: string) => string;
  readonly authorizationPath: string;
  readonly catalogue: ResourceCatalogue;
  readonly accounts: AccountDirectory;
  readonly SessionNotFound: typeof errors.SessionNotFound;
}

/** What oidc-provider stores while a user signs in or consents. */
export type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** One request of a browser to the page of an interaction. */
export interface PageVisit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly details: Details;
}

/** Sends a page. */
export function send(res: ServerResponse, status: number, { html, headers }: Page): void {
  res.writeHead(status, headers);
  res.end(html);
}
