import type { IncomingMessage } from "node:http";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";
import type { Application } from "../application.js";

/** What `authenticate` is told. */
export interface AuthenticateContext {
  /** Path and query of this server to send the browser back to after the sign-in. */
  readonly returnTo: string;
  /**
   * The client demands a new sign-in (`prompt=login`, `max_age`): return `signIn`, unless the user
   * signed in at or after this time, in seconds since the epoch.
   */
  readonly signedInSince?: number;
}

/** Who is signed in to the application, or where to sign in. */
export type AuthenticateResult =
  | {
      readonly accountId: string;
      /** Time of the sign-in, in seconds since the epoch; required for `prompt=login` and `max_age`. */
      readonly signedInAt?: number;
    }
  | {
      /** Path on this host, or URL, of the application's sign-in page. Add `returnTo` to it. */
      readonly signIn: string;
    };

/** The application's own sign-in. The request is the browser's, with its cookies. */
export type AuthenticateFunction = (
  request: IncomingMessage,
  context: AuthenticateContext,
) => AuthenticateResult | Promise<AuthenticateResult>;

/** Asks the application who is signed in. */
export class OwnLogin {
  constructor(
    private readonly option: AuthenticateFunction,
    private readonly application: Application,
  ) {}

  async ask(request: IncomingMessage, context: AuthenticateContext): Promise<AuthenticateResult> {
    return this.application.call("authenticate", async () => {
      const answer = await this.option(request, context);
      if ("signIn" in answer && !isLocation(answer.signIn)) {
        throw new TypeError("signIn must be a path that starts with one slash, or an https URL");
      }
      return answer;
    });
  }

  /** Whether the application's session is that of this account. */
  async isStill(request: IncomingMessage, accountId: string): Promise<boolean> {
    const answer = await this.ask(request, { returnTo: request.url ?? "/" });
    return "accountId" in answer && answer.accountId === accountId;
  }
}

function isLocation(text: string): boolean {
  if (/^\/(?![/\\])/.test(text)) return true;
  const url = parseAbsoluteUrl(text);
  return url !== undefined && /^https?:$/.test(url.protocol);
}
