import type { Provider } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { Records } from "../grants/records.js";
import type { Revoker } from "../grants/revoker.js";
import type { OidcProviderLibrary } from "../load-oidc-provider.js";
import type { AuthorizationServerOptions } from "../options.js";
import type { ResourceCatalogue } from "../resources.js";
import { createAccountDirectory } from "./accounts/account-directory.js";
import { Organizations } from "./accounts/organizations.js";
import { createAppsHandler } from "./apps/apps-handler.js";
import { createApplication } from "./application.js";
import { BrowserBinding } from "./browser/browser-binding.js";
import { cookieNames } from "./browser/cookie-names.js";
import { TokenClaims } from "./claims/token-claims.js";
import { createInteractionPolicy } from "./consent/interaction-policy.js";
import { DevicePages } from "./device/device-pages.js";
import { createApprover } from "./interactions/auto-approve.js";
import { createInteractionHandler } from "./interactions/interaction-handler.js";
import { KnownBrowsers } from "./sign-in/known-browsers.js";
import { OwnLogin } from "./sign-in/own-login.js";
import { PasswordSignIn } from "./sign-in/password-sign-in.js";
import { createPages } from "./pages/pages.js";

export interface PeopleParts {
  readonly options: AuthorizationServerOptions;
  readonly issuer: string;
  readonly library: OidcProviderLibrary;
  readonly catalogue: ResourceCatalogue;
  readonly records: Records;
  readonly clock: Clock;
  readonly rememberSeconds: number;
  readonly sessionSeconds: number;
  readonly revoker: Revoker;
  readonly paths: Paths;
  readonly onError: (error: Error) => void;
}

/**
 * The people side of the server: accounts, sign-in, consent and their pages.
 *
 * @throws ConfigurationError
 */
export function createPeople(parts: PeopleParts) {
  const { options, issuer, library, catalogue, clock, paths } = parts;
  const { AccessDenied, SessionNotFound } = library.errors;
  const names = cookieNames(issuer);
  const browsers = new BrowserBinding(names.browser);
  const application = createApplication();
  const accounts = createAccountDirectory(options.accounts, application);
  const organizations = new Organizations(options.organizations, application);
  const claims = new TokenClaims({ accounts, application, claims: options.claims });
  const { authenticate } = options;
  const ownLogin = authenticate && new OwnLogin(authenticate, application);
  const pages = createPages(options.pages ?? {}, issuer, parts.onError);
  const passwords = new PasswordSignIn(accounts, new KnownBrowsers(parts.records, clock), clock);
  const shared = { accounts, organizations, claims, ownLogin, browsers, pages, passwords };
  return {
    ...shared,
    paths,
    cookieNames: names,
    approver: createApprover(options.autoApprove, accounts, organizations, catalogue, AccessDenied),
    policy: createInteractionPolicy({
      library: library.interactionPolicy,
      browsers,
      clock,
      ownLogin,
      SessionNotFound,
    }),
    devices: new DevicePages(pages, paths.devicePath, clock),
    /** Handles the sign-in and consent pages, once there is a provider. */
    interactions: (provider: Provider) =>
      createInteractionHandler({ ...parts, ...shared, ...paths, provider, SessionNotFound }),
    /** Handles the page of connected applications. */
    apps: (provider: Provider) =>
      createAppsHandler({ ...parts, ...shared, ...paths, provider, cookieNames: names }),
  };
}

interface Paths {
  readonly interactionPath: (uid: string) => string;
  readonly authorizationPath: string;
  readonly appsPath: string;
  /** Relative to the issuer. */
  readonly devicePath: string;
}
