import type { RememberedConsent } from "./remembered-consent.js";

/** Why the consent page must be shown. */
export type ReasonToAsk =
  "not_remembered" | "expired" | "native_client" | "redirect_host" | "other_site";

export interface ConsentQuestion {
  readonly remembered: RememberedConsent | undefined;
  readonly redirectHost: string;
  /** Whether the client is an application on the user's device. */
  readonly isNative: boolean;
  /** The `Sec-Fetch-Site` header. */
  readonly site: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/**
 * Whether a request may be answered without the consent page, as far as it
 * depends on the remembered consent; `undefined` if it may.
 *
 * A native client is asked every time, because any application on the device
 * can pretend to be it (RFC 8252 §8.6). A navigation that another site started
 * is asked: it may carry the PKCE challenge of an attacker. A browser that does
 * not say who started the navigation is asked too.
 *
 * Does not check scopes and resources: oidc-provider compares them with the grant.
 */
export function reasonToAsk(question: ConsentQuestion): ReasonToAsk | undefined {
  const { remembered, redirectHost, isNative, site, now } = question;
  if (remembered === undefined) return "not_remembered";
  if (remembered.until <= now) return "expired";
  if (isNative) return "native_client";
  if (remembered.redirectHost !== redirectHost) return "redirect_host";
  if (site !== "none" && site !== "same-origin") return "other_site";
  return undefined;
}
