import type { EventEmitter } from "node:events";
import type { RequestListener } from "node:http";
import type { Provider } from "oidc-provider";
import type { Clock } from "../core/clock.js";
import type { ClientSettings } from "./clients/client-options.js";
import { createClients } from "./clients/create-clients.js";
import { createAdapter } from "./grants/adapter.js";
import { createGrantHandlers } from "./grants/grant-handlers.js";
import { createProviderClass } from "./grants/provider-class.js";
import type { Records } from "./grants/records.js";
import type { ReuseEvent } from "./grants/reuse-event.js";
import type { Revoker } from "./grants/revoker.js";
import { createListener, issuerPath } from "./http/listener.js";
import { answerOutages } from "./http/outages.js";
import type { KeySet } from "./keys/server-keys.js";
import type { Lifetimes } from "./lifetimes.js";
import type { OidcProviderLibrary } from "./load-oidc-provider.js";
import type { AuthorizationServerOptions } from "./options.js";
import { storeOrganizations } from "./people/accounts/grant-organization.js";
import { addClaimsToIdTokens } from "./people/claims/id-token-claims.js";
import { createPeople } from "./people/people.js";
import { createProviderConfiguration, ROUTES } from "./provider-configuration.js";
import type { ResourceCatalogue } from "./resources.js";
import { told } from "./told.js";
import { answerUserinfo } from "./tokens/userinfo.js";

/** What every instance of oidc-provider in one authorization server shares. */
export interface InstanceParts {
  readonly options: AuthorizationServerOptions;
  readonly library: OidcProviderLibrary;
  readonly issuer: string;
  readonly lifetimes: Lifetimes;
  readonly catalogue: ResourceCatalogue;
  readonly clients: ClientSettings;
  /** Number of registered clients. */
  readonly countClients: () => Promise<number>;
  readonly records: Records;
  readonly revoker: Revoker;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
}

/** An instance of oidc-provider and its listener. */
export interface ProviderInstance {
  readonly provider: Provider;
  readonly callback: RequestListener;
}

/**
 * Creates instances of oidc-provider, which cannot change its keys: a new key set needs a new
 * instance. All state is in the storage, so that a request can start with one instance and
 * continue with another.
 */
export function createInstanceFactory(parts: InstanceParts): (keys: KeySet) => ProviderInstance {
  const { options, library, issuer, catalogue, records, revoker, clock, onError } = parts;
  const people = openPeople(parts);
  const { accounts, pages } = people;
  const { InvalidGrant, InvalidRequest } = library.errors;
  const onReuse = told(options.onReuse ?? (() => undefined), onError);
  const wrap = createGrantHandlers({
    records,
    revoker,
    clock,
    InvalidGrant,
    refreshReplaySeconds: parts.lifetimes.refreshReplaySeconds,
    onReuse,
  });
  const ProviderOnUnits = createProviderClass(library.Provider, wrap);
  const clients = createClients({
    settings: parts.clients,
    fetch: options.fetch,
    adapter: createAdapter({ records, revoker, clock, InvalidRequest }),
    count: parts.countClients,
    refreshSeconds: parts.lifetimes.ttlSeconds.refresh,
    errors: library.errors,
    ...{ catalogue, records, clock, onError },
  });
  const shared = {
    adapter: clients.adapter,
    clients: parts.clients,
    clientFetch: clients.fetch,
    lifetimes: parts.lifetimes,
    issuer,
    interactionPath: people.paths.interactionPath,
    catalogue,
    ...people,
    clock,
    errors: library.errors,
  };

  return (keys) => {
    const provider = construct((clientIdMetadataDocuments) => {
      const parts = { ...shared, keys, clientIdMetadataDocuments };
      return new ProviderOnUnits(issuer, createProviderConfiguration(parts));
    }, options.clientIdMetadataDocuments ?? true);
    // Koa trusts these headers only because our listener writes them itself.
    provider.proxy = true;
    provider.silent = true;
    storeOrganizations(provider);
    addClaimsToIdTokens(provider, people.claims);
    reportEvents(provider, { onError, onReuse, clock });
    provider.use(answerOutages([ROUTES.authorization, ROUTES.code_verification], pages, onError));
    provider.use(people.devices.guard);
    clients.attach(provider, ROUTES.registration);
    const { claims } = people;
    const path = ROUTES.userinfo;
    provider.use(answerUserinfo({ path, records, accounts, claims, provider, clock }));
    provider.use(publishResourceScopes(catalogue));
    const interact = people.interactions(provider);
    const ownPages = new Map([[ROUTES.apps, people.apps(provider)]]);
    const callback = createListener({ provider, issuer, interact, ownPages, pages, onError });
    return { provider, callback };
  };
}

function openPeople(parts: InstanceParts) {
  const { issuer, lifetimes, revoker, onError } = parts;
  const people = createPeople({
    ...parts,
    rememberSeconds: lifetimes.rememberConsentSeconds,
    sessionSeconds: lifetimes.ttlSeconds.session,
    paths: {
      interactionPath: (uid) => `${issuerPath(issuer)}/interaction/${uid}`,
      authorizationPath: issuerPath(issuer) + ROUTES.authorization,
      appsPath: issuerPath(issuer) + ROUTES.apps,
      devicePath: ROUTES.code_verification,
    },
  });
  people.accounts.onEnded((accountId) => {
    revoker.revokeBy("account", accountId).catch(onError);
  });
  return people;
}

function reportEvents(
  provider: Provider,
  parts: {
    readonly onError: (error: Error) => void;
    readonly onReuse: (event: ReuseEvent) => void;
    readonly clock: Clock;
  },
): void {
  const { onError, onReuse, clock } = parts;
  provider.on("server_error", (_ctx, error: Error) => onError(error));
  (provider as EventEmitter).on("error", onError);
  provider.on("grant.revoked", (ctx) => {
    // At the token endpoint, oidc-provider revokes only when a code is used again.
    if (ctx.oidc.route !== "token") return;
    onReuse({
      kind: "authorization_code_reused",
      time: Math.floor(clock()),
      clientId: ctx.oidc.client?.clientId ?? "",
    });
  });
}

/**
 * Starts without client ID metadata documents if oidc-provider implements
 * another version of the draft. The metadata then does not advertise them, and
 * clients register instead.
 */
function construct(make: (withDraft: boolean) => Provider, withDraft: boolean): Provider {
  try {
    return make(withDraft);
  } catch (cause) {
    if (!withDraft || !(cause instanceof TypeError) || !/experimental/.test(cause.message)) {
      throw cause;
    }
    return make(false);
  }
}

type Middleware = Parameters<Provider["use"]>[0];

/** oidc-provider lists only its own scopes, and strict clients request only scopes that are listed. */
function publishResourceScopes(catalogue: ResourceCatalogue): Middleware {
  const scopes = catalogue.all.flatMap((resource) => Object.keys(resource.scopes));
  return async (ctx, next) => {
    await next();
    const body = ctx.body as { scopes_supported?: string[] } | undefined;
    if (ctx.path.startsWith("/.well-known/") && Array.isArray(body?.scopes_supported)) {
      ctx.body = { ...body, scopes_supported: [...new Set([...scopes, ...body.scopes_supported])] };
    }
  };
}
