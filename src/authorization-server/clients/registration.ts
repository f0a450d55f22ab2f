import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import type { AdapterFactory, AdapterPayload, errors, Provider } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import { sha256 } from "../../core/hashes.js";
import { AddressLimit } from "../../limits/rate-limit.js";
import { notesOf } from "../http/request-notes.js";
import { contentOf } from "./client-metadata.js";
import { isAllowed, type ClientDescription } from "./client-policy.js";
import type { ClientSettings } from "./client-options.js";
import { toClientMetadata } from "./static-clients.js";
import { redirectUriProblem } from "./redirect-uris.js";

type Middleware = Parameters<Provider["use"]>[0];

export interface RegistrationParts {
  readonly settings: ClientSettings;
  /** How long an unused client is kept, in seconds. */
  readonly unusedSeconds: number;
  /** Number of registered clients. */
  readonly count: () => Promise<number>;
  readonly clock: Clock;
  readonly errors: typeof errors;
}

const RETRY_AFTER_SECONDS = "600";
const COUNT_SECONDS = 60;
/** A client that is used is written again once a day at most. */
const TOUCH_SECONDS = 86_400;

/**
 * Registered clients: which are accepted, how many, and for how long.
 *
 * A public client has no secret, so its id is a hash of its metadata: a host that
 * registers on every connect gets the same client again. Many users then share a
 * client id, so such a client cannot be changed or deleted by its holder (RFC 7592).
 */
export class Registrations {
  readonly #parts: RegistrationParts;
  readonly #limit: AddressLimit | undefined;
  readonly #request = new AsyncLocalStorage<{ readonly address: string | undefined }>();
  // Not the `clients` of oidc-provider, which it validates only when they are first used.
  readonly #static = new Map<string, AdapterPayload>();
  #counted = { number: 0, at: -Infinity };

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    for (const client of toClientMetadata(parts.settings)) {
      this.#static.set(client.client_id, client);
    }
    const { registration } = parts.settings;
    if (registration === false) return;
    this.#limit = new AddressLimit({
      name: "registration",
      points: registration.perHour,
      windowSeconds: 3600,
      clock: parts.clock,
    });
  }

  /** Runs a registration that came from `address`. */
  run<T>(address: string | undefined, work: () => T): T {
    return this.#request.run({ address }, work);
  }

  /** Adds the static clients to the adapter, and the rules to its other clients. */
  guard(adapter: AdapterFactory): AdapterFactory {
    return (model) => {
      const inner = adapter(model);
      if (model !== "Client") return inner;
      const find = async (id: string) => {
        const configured = this.#static.get(id);
        if (configured !== undefined) return configured;
        const payload = await inner.find(id);
        return payload && (await this.#isAllowed(id, payload)) ? payload : undefined;
      };
      const upsert = async (id: string, payload: AdapterPayload) => {
        await this.#check(id, payload);
        if ((await inner.find(id)) === undefined) await this.#admitOneMore();
        return inner.upsert(id, payload, this.#parts.unusedSeconds);
      };
      return { ...inner, find, upsert };
    };
  }

  /** Keeps a registered client that is in use. */
  async touch(
    clientId: string,
    adapter: AdapterFactory,
    expiresAt: (id: string) => Promise<number | undefined>,
  ): Promise<void> {
    const { clock, unusedSeconds } = this.#parts;
    const expiry = await expiresAt(clientId);
    if (expiry === undefined || expiry - clock() > unusedSeconds - TOUCH_SECONDS) return;
    const clients = adapter("Client");
    const payload = await clients.find(clientId);
    if (payload) await clients.upsert(clientId, payload, unusedSeconds);
  }

  async #check(id: string, payload: AdapterPayload): Promise<void> {
    const { InvalidClientMetadata } = this.#parts.errors;
    const problem = metadataProblem(payload);
    if (problem !== undefined) throw new InvalidClientMetadata(problem);
    if (await this.#isAllowed(id, payload)) return;
    throw new InvalidClientMetadata(
      "this server does not accept this client; its operator must allow it",
    );
  }

  #isAllowed(id: string, payload: AdapterPayload): Promise<boolean> {
    return isAllowed(this.#parts.settings.allow, describe(id, "registered", payload));
  }

  async #admitOneMore(): Promise<void> {
    const { clock, settings } = this.#parts;
    const { registration } = settings;
    if (registration === false) return;
    const seconds = this.#limit?.consume(this.#request.getStore()?.address);
    if (seconds !== undefined) {
      throw this.#refusal(
        429,
        `Too many clients were registered from this address. Reuse a client, or register again in ${Math.ceil(seconds / 60)} minutes.`,
      );
    }
    if (clock() - this.#counted.at >= COUNT_SECONDS) {
      this.#counted = { number: await this.#parts.count(), at: clock() };
    }
    if (this.#counted.number >= registration.max) {
      throw this.#refusal(
        503,
        "This server has no room for another client. Use a client ID metadata document, or try again later.",
      );
    }
    this.#counted.number += 1;
  }

  #refusal(status: 429 | 503, description: string): Error {
    const error = new this.#parts.errors.OIDCProviderError(status, "temporarily_unavailable");
    return Object.assign(error, { error_description: description, expose: true });
  }
}

/** What a metadata document or a registration must not contain, in the words of RFC 7591. */
export function metadataProblem(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const { redirect_uris: uris = [], grant_types: grants = [] } = metadata;
  if ((grants as string[]).includes("client_credentials")) {
    return "grant_types must not contain client_credentials: only a client of the server's operator can have it";
  }
  const problem = (uris as string[]).map(redirectUriProblem).find((found) => found !== undefined);
  return problem === undefined ? undefined : `redirect_uris ${problem}`;
}

/** A client for the policy. */
export function describe(
  clientId: string,
  kind: ClientDescription["kind"],
  metadata: Readonly<Record<string, unknown>>,
): ClientDescription {
  const { client_name: name, redirect_uris: uris } = metadata;
  return {
    clientId,
    kind,
    ...(kind === "document" && { host: new URL(clientId).hostname }),
    ...(typeof name === "string" && { name }),
    redirectUris: Array.isArray(uris) ? (uris as string[]) : [],
  };
}

/** The id of a new client: a hash of the metadata of a public one, else random. */
export function clientIdFor(metadata: Readonly<Record<string, unknown>>): string {
  return metadata["token_endpoint_auth_method"] === "none"
    ? sha256(contentOf(metadata))
    : randomBytes(16).toString("base64url");
}

/** Answers a registration with its `scope`, limited to `offered`: scopes are not stored. */
export function answerRegistrations(
  registrations: Registrations,
  path: string,
  offered: ReadonlySet<string>,
): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== path || ctx.method !== "POST") {
      await next();
      return;
    }
    const { address, registeredScope = "" } = notesOf(ctx.req);
    await registrations.run(address, next);
    if (ctx.status === 429 || ctx.status === 503) ctx.set("retry-after", RETRY_AFTER_SECONDS);
    const scope = registeredScope.split(" ").filter((name) => offered.has(name));
    if (ctx.status !== 201 || scope.length === 0) return;
    ctx.body = { ...(ctx.body as object), scope: scope.join(" ") };
  };
}
