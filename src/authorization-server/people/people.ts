import type { Provider } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { Records } from "../grants/records.js";
import type { OidcProviderLibrary } from "../load-oidc-provider.js";
import type { AuthorizationServerOptions } from "../options.js";
import type { ResourceCatalogue } from "../resources.js";
import { createAccountDirectory } from "./accounts/account-directory.js";
import { BrowserBinding } from "./browser/browser-binding.js";
import { cookieNames } from "./browser/cookie-names.js";
import { createInteractionPolicy } from "./consent/interaction-policy.js";
import { createApprover } from "./interactions/auto-approve.js";
import { createInteractionHandler } from "./interactions/interaction-handler.js";
import { createPages } from "./pages/pages.js";

export interface PeopleParts {
  readonly options: AuthorizationServerOptions;
  readonly issuer: string;
  readonly library: OidcProviderLibrary;
  readonly catalogue: ResourceCatalogue;
  readonly records: Records;
  readonly clock: Clock;
  readonly rememberSeconds: number;
  readonly onError: (error: Error) => void;
}

/**
 * The people side of the server: accounts, sign-in, consent and their pages.
 *
 * @throws ConfigurationError
 */
export function createPeople(parts: PeopleParts) {
  const { options, issuer, library, catalogue, clock } = parts;
  const { AccessDenied, SessionNotFound } = library.errors;
  const names = cookieNames(issuer);
  const browsers = new BrowserBinding(names.browser);
  const accounts = createAccountDirectory(options.accounts);
  const pages = createPages(options.pages ?? {}, issuer, parts.onError);
  return {
    accounts,
    pages,
    cookieNames: names,
    approver: createApprover(options.autoApprove, accounts, catalogue, AccessDenied),
    policy: createInteractionPolicy({
      library: library.interactionPolicy,
      browsers,
      clock,
      SessionNotFound,
    }),
    /** Handles the sign-in and consent pages, once there is a provider. */
    interactions: (provider: Provider, paths: InteractionPaths) =>
      createInteractionHandler({
        ...parts,
        ...paths,
        provider,
        accounts,
        browsers,
        pages,
        SessionNotFound,
      }),
  };
}

interface InteractionPaths {
  readonly interactionPath: (uid: string) => string;
  readonly authorizationPath: string;
}
