import type { KoaContextWithOIDC } from "oidc-provider";

/** A consent that the user chose to have remembered, in the session of one browser. */
export interface RememberedConsent {
  readonly grantId: string;
  /** Scheme and host of the redirect URI. */
  readonly redirectHost: string;
  /** Seconds since the epoch. */
  readonly until: number;
}

type Session = NonNullable<KoaContextWithOIDC["oidc"]["session"]>;

interface Container {
  remembered?: RememberedConsent | undefined;
}

/** Reads the remembered consent of a client; it does not check whether it still applies. */
export function readRemembered(session: Session, clientId: string): RememberedConsent | undefined {
  return (session.authorizationFor(clientId) as Container).remembered;
}

/** Remembers a consent, or forgets the one before. */
export function remember(
  session: Session,
  clientId: string,
  consent: RememberedConsent | undefined,
): void {
  session.ensureClientContainer(clientId);
  (session.authorizationFor(clientId) as Container).remembered = consent;
}

/** The part of a redirect URI that a consent is given for. */
export function redirectHostOf(redirectUri: string | undefined): string {
  if (redirectUri === undefined) return "";
  const { protocol, host } = new URL(redirectUri);
  return `${protocol}//${host}`;
}
