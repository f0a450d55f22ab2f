import type { IncomingMessage, ServerResponse } from "node:http";
import type { errors, Provider } from "oidc-provider";
import type { Clock } from "../../../core/clock.js";
import type { Records } from "../../grants/records.js";
import type { ResourceCatalogue } from "../../resources.js";
import type { AccountDirectory } from "../accounts/account-directory.js";
import type { Organizations } from "../accounts/organizations.js";
import type { TokenClaims } from "../claims/token-claims.js";
import type { OwnLogin } from "../sign-in/own-login.js";
import type { PasswordSignIn } from "../sign-in/password-sign-in.js";
import type { BrowserBinding } from "../browser/browser-binding.js";
import type { Pages, Reader } from "../pages/pages.js";

export interface InteractionParts {
  readonly provider: Provider;
  readonly issuer: string;
  readonly interactionPath: (uid: string) => string;
  readonly authorizationPath: string;
  readonly catalogue: ResourceCatalogue;
  readonly accounts: AccountDirectory;
  readonly passwords: PasswordSignIn;
  readonly organizations: Organizations;
  readonly claims: TokenClaims;
  readonly ownLogin: OwnLogin | undefined;
  readonly browsers: BrowserBinding;
  readonly pages: Pages;
  readonly records: Records;
  readonly clock: Clock;
  /** How long a consent can be remembered, in seconds; 0 for never. */
  readonly rememberSeconds: number;
  readonly SessionNotFound: typeof errors.SessionNotFound;
}

/** What oidc-provider stores while a user signs in or consents. */
export type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** One request of a browser to the page of an interaction. */
export interface PageVisit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly details: Details;
  readonly browserId: string;
}

/** What the pages need to know about the request that they answer. */
export function readerOf({ req, details }: PageVisit): Reader {
  const { ui_locales: uiLocales, redirect_uri: redirectUri } = details.params;
  return {
    headers: req.headers,
    uiLocales: typeof uiLocales === "string" ? uiLocales : undefined,
    redirectUri: typeof redirectUri === "string" ? redirectUri : undefined,
  };
}
