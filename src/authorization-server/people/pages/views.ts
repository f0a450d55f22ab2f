import type { Html } from "./html.js";
import type { Language, Messages } from "./messages/messages.js";
import type { Theme } from "./theme.js";

/** What every page gets. */
export interface Site {
  readonly language: Language;
  readonly messages: Messages;
  readonly theme: Theme;
  /** Name of the authorization server: `theme.name`, or the issuer's host. */
  readonly name: string;
}

/** A form. Send every field of `fields` as a hidden input, or the server refuses the form. */
export interface FormView {
  /** URL that the form is posted to. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A client as a page shows it. The client chose its name and may have lied. */
export interface ClientView {
  readonly id: string;
  readonly name: string;
  /** Host of the client metadata document; proves who published the client. */
  readonly verifiedHost?: string;
  /** Where the answer goes: a host, an application on this device, or another device. */
  readonly answersTo:
    | { readonly kind: "site" | "loopback" | "scheme"; readonly value: string }
    | { readonly kind: "device"; readonly value: string };
}

/** Sign-in. The form sends `action`: `login` with `username` and `password`, `pick` with `account`, or `deny`. */
export interface SignInView {
  readonly site: Site;
  /** Absent on the page of connected apps. */
  readonly client?: ClientView;
  readonly form: FormView;
  /** Accounts without a password, to sign in with one click; development only. */
  readonly people: readonly { readonly id: string; readonly name: string; readonly hint: string }[];
  readonly withPassword: boolean;
  readonly userName?: string;
  readonly problem?: "wrong" | "too_many";
}

export interface ScopeView {
  readonly scope: string;
  readonly description: string;
}

/**
 * Consent. The form sends `action`: `allow`, `deny` or `switch`; with `allow` also
 * `organization` if there is a choice, and `remember` with the value `yes` if it is chosen.
 */
export interface ConsentView {
  readonly site: Site;
  readonly client: ClientView;
  readonly form: FormView;
  /** Who is signed in. */
  readonly account: string;
  /** To choose one; empty if the server has no organizations. */
  readonly organizations: readonly {
    readonly id: string;
    readonly name: string;
    readonly chosen: boolean;
  }[];
  readonly resources: readonly {
    readonly name: string;
    readonly identifier: string;
    readonly scopes: readonly ScopeView[];
  }[];
  /** OpenID Connect scopes, which belong to no resource. */
  readonly identity: readonly ScopeView[];
  /** Parameters of the authorization request, for information. Do not send them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Days for which the consent can be remembered; absent if the page must be shown every time. */
  readonly rememberDays?: number;
  readonly canSwitchAccount: boolean;
  readonly problem?: "changed" | "organization";
}

/** Code of a device (RFC 8628). The form sends `user_code`. */
export interface DeviceView {
  readonly site: Site;
  readonly form: FormView;
  readonly userCode?: string;
  readonly problem?: "wrong" | "expired" | "used" | "too_many";
}

/** The applications that have access. The form sends `action`: `revoke` with `client`, `sign_out` or `sign_out_everywhere`. */
export interface AppsView {
  readonly site: Site;
  readonly form: FormView;
  readonly account: string;
  readonly apps: readonly {
    readonly id: string;
    readonly name: string;
    readonly verifiedHost?: string;
    readonly scopes: readonly ScopeView[];
    readonly organizations: readonly string[];
    /** ISO 8601 dates. */
    readonly since: string;
    readonly lastUsed?: string;
  }[];
}

/** The end of something: signed out, or a device that has its answer. */
export interface DoneView {
  readonly site: Site;
  readonly what: "signed_out" | "device_allowed" | "device_denied";
}

/** A request that cannot continue. */
export interface ErrorView {
  readonly site: Site;
  /** OAuth error code. */
  readonly error: string;
  readonly description?: string;
  /** What helps: start again in the application, add the server again there, wait, or nothing to do. */
  readonly advice: "start_again" | "add_again" | "wait" | "answered";
}

/** The data of each page, without {@link Site}. */
export interface PageViews {
  readonly signIn: SignInView;
  readonly consent: ConsentView;
  readonly device: DeviceView;
  readonly apps: AppsView;
  readonly done: DoneView;
  readonly error: ErrorView;
}

export type PageName = keyof PageViews;

/** Renders one page: a whole HTML document. */
export type PageRenderer<Name extends PageName> = (view: PageViews[Name]) => Html;

export type PageRenderers = { readonly [Name in PageName]: PageRenderer<Name> };
