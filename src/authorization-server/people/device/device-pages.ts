import type { Configuration, KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Clock } from "../../../core/clock.js";
import { addressBlock } from "../../../net/client-address.js";
import { addressOf } from "../../http/request-notes.js";
import type { Page, Pages } from "../pages/pages.js";
import type { DeviceView } from "../pages/views.js";
import { GuessCounter } from "../sign-in/guess-counter.js";

type Middleware = Parameters<Provider["use"]>[0];
type DeviceFlow = NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]>;

/** What happened to the code of one request. */
interface Outcome {
  /** Code of `verification_uri_complete`, to be confirmed by the user. */
  offered?: string;
  isWrong?: boolean;
}

/** Names of the errors that oidc-provider passes to the page. */
const PROBLEMS: Readonly<Record<string, DeviceView["problem"]>> = {
  NotFoundError: "wrong",
  NoCodeError: "wrong",
  ExpiredError: "expired",
  AlreadyUsedError: "used",
};
const WINDOW_SECONDS = 300;
const GUESSES = 20;

/**
 * The pages of the device authorization grant (RFC 8628). The user enters the
 * code of the device, signs in, and consents; the consent page shows the code
 * again.
 *
 * Wrong codes are limited to 20 in five minutes from one address (§5.1).
 */
export class DevicePages {
  readonly #pages: Pages;
  readonly #path: string;
  readonly #guesses: GuessCounter;
  readonly #outcomes = new WeakMap<object, Outcome>();

  /** @param path of the page, relative to the issuer */
  constructor(pages: Pages, path: string, clock: Clock) {
    this.#pages = pages;
    this.#path = path;
    this.#guesses = new GuessCounter(GUESSES, WINDOW_SECONDS, clock);
  }

  /** The pages, for the configuration of oidc-provider. */
  get feature(): DeviceFlow {
    return {
      enabled: true,
      charset: "base-20",
      mask: "****-****",
      userCodeInputSource: (ctx, _form, _out, error) => this.#showInput(ctx, error),
      userCodeConfirmSource: (ctx, _form, _client, _info, userCode) =>
        this.#show(ctx, { userCode }),
      successSource: (ctx) => this.#send(ctx, this.#done(ctx, "device_allowed")),
    };
  }

  /** Limits wrong codes, and shows a code of the URL instead of submitting it with a script. */
  readonly guard: Middleware = async (ctx, next) => {
    if (ctx.path !== this.#path) {
      await next();
      return;
    }
    const outcome: Outcome = {};
    this.#outcomes.set(ctx.req, outcome);
    if (ctx.method === "GET") {
      const { user_code: code } = ctx.query;
      if (typeof code === "string") outcome.offered = code;
      ctx.querystring = "";
      await next();
      return;
    }
    const address = addressOf(ctx.req);
    const block = address === undefined ? "unknown" : addressBlock(address);
    if (!this.#guesses.take(block)) {
      ctx.status = 429;
      const page = this.#pages.error(ctx, "slow_down", "tooManyAttempts", "wait");
      ctx.set(page.headers);
      ctx.body = page.html;
      return;
    }
    await next();
    if (outcome.isWrong !== true) this.#guesses.giveBack(block);
  };

  #showInput(ctx: KoaContextWithOIDC, error: Error | undefined): void {
    const name = error?.constructor.name ?? "";
    if (name === "AbortedError") return this.#send(ctx, this.#done(ctx, "device_denied"));
    const outcome = this.#outcomes.get(ctx.req);
    const problem = PROBLEMS[name];
    if (problem === "wrong" && outcome !== undefined) outcome.isWrong = true;
    if (error !== undefined && problem === undefined) {
      return this.#send(ctx, this.#pages.error(ctx, "invalid_request", "formInvalid"));
    }
    const userCode = (error as { userCode?: string } | undefined)?.userCode ?? outcome?.offered;
    this.#show(ctx, {
      ...(problem !== undefined && { problem }),
      ...(userCode !== undefined && { userCode }),
    });
  }

  #show(ctx: KoaContextWithOIDC, data: Pick<DeviceView, "userCode" | "problem">): void {
    const { secret } = ctx.oidc.session?.state as { secret: string };
    // The consent page is the confirmation.
    const fields = { xsrf: secret, confirm: "yes" };
    const action = new URL(ctx.oidc.urlFor("code_verification")).pathname;
    this.#send(ctx, this.#pages.render("device", ctx, { form: { action, fields }, ...data }));
  }

  #done(ctx: KoaContextWithOIDC, what: "device_allowed" | "device_denied"): Page {
    return this.#pages.render("done", ctx, { what });
  }

  #send(ctx: KoaContextWithOIDC, { html, headers }: Page): void {
    ctx.set(headers);
    ctx.body = html;
  }
}
