import type { IncomingMessage, ServerResponse } from "node:http";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { CookieNames } from "../browser/cookie-names.js";

export interface SessionParts {
  readonly provider: Provider;
  readonly cookieNames: CookieNames;
  readonly sessionSeconds: number;
}

type Session = Awaited<ReturnType<Provider["Session"]["get"]>>;
type Cookies = KoaContextWithOIDC["cookies"];

/** The session of a browser at this server, outside of an authorization request. */
export class BrowserSession {
  private constructor(
    private readonly parts: SessionParts,
    private readonly session: Session,
    readonly cookies: Cookies,
  ) {}

  static async of(
    parts: SessionParts,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<BrowserSession> {
    const context = parts.provider.createContext(req, res);
    const session = await parts.provider.Session.get(context);
    return new BrowserSession(parts, session, context.cookies);
  }

  get accountId(): string | undefined {
    return this.session.accountId;
  }

  /** Signs in. The session gets a new id, so that a fixed one is of no use. */
  async begin(accountId: string): Promise<void> {
    const { session, cookies, parts } = this;
    if (session.accountId !== undefined && session.accountId !== accountId) {
      // What the other account consented to in this browser does not pass to this one.
      (session as { authorizations?: unknown }).authorizations = undefined;
    }
    session.loginAccount({ accountId });
    session.resetIdentifier();
    await session.save(parts.sessionSeconds);
    cookies.set(parts.cookieNames.session, session.jti, {
      signed: true,
      httpOnly: true,
      sameSite: "lax",
      overwrite: true,
      maxAge: parts.sessionSeconds * 1000,
    });
  }

  async end(): Promise<void> {
    await this.session.destroy();
    this.cookies.set(this.parts.cookieNames.session, null, { signed: true, overwrite: true });
  }
}
