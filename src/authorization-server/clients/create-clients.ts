import { isAccountList } from "../people/accounts/account-source.js";
import type { AdapterFactory, errors, Provider } from "oidc-provider";
import type { Clock } from "../../core/clock.js";
import type { Records } from "../grants/records.js";
import { IDENTITY_SCOPES, type AuthorizationServerOptions } from "../options.js";
import type { ResourceCatalogue } from "../resources.js";
import { createClientFetch } from "./client-fetch.js";
import { parseClients, unusedSeconds, type ClientSettings } from "./client-options.js";
import { noteClientOutages } from "./client-unavailable.js";
import { keepErrorsFromUnprovenClients } from "./error-redirects.js";
import { answerRegistrations, Registrations } from "./registration.js";

export interface ClientParts {
  readonly settings: ClientSettings;
  /** Option `fetch`. */
  readonly fetch: typeof fetch | undefined;
  readonly catalogue: ResourceCatalogue;
  readonly adapter: AdapterFactory;
  readonly records: Records;
  /** Number of registered clients. */
  readonly count: () => Promise<number>;
  readonly refreshSeconds: number;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  readonly errors: typeof errors;
}

/** Everything about clients that one server needs. */
export interface Clients {
  /** The adapter of oidc-provider, with the rules for registered clients. */
  readonly adapter: AdapterFactory;
  /** Fetches metadata documents and key sets. */
  readonly fetch: typeof fetch;
  /** Adds middleware and listeners to the provider. */
  attach(provider: Provider, registrationPath: string): void;
}

/** @throws ConfigurationError that names the option of `clients` */
export function validateClients(
  options: Pick<AuthorizationServerOptions, "clients" | "accounts">,
  catalogue: ResourceCatalogue,
): ClientSettings {
  return parseClients(options.clients, {
    scopes: new Set(scopesOf(catalogue)),
    takenIds: new Set([...introspectionClientsOf(catalogue), ...accountIdsOf(options)]),
  });
}

/** Only a list of accounts is known in advance. */
function accountIdsOf({ accounts }: Pick<AuthorizationServerOptions, "accounts">): string[] {
  return isAccountList(accounts) ? accounts.map(({ id }) => id) : [];
}

function scopesOf(catalogue: ResourceCatalogue): string[] {
  return catalogue.all.flatMap(({ scopes }) => Object.keys(scopes));
}

function introspectionClientsOf(catalogue: ResourceCatalogue): string[] {
  return catalogue.all.flatMap(({ introspection }) => introspection?.clientId ?? []);
}

export function createClients(parts: ClientParts): Clients {
  const { settings, catalogue, records, clock, refreshSeconds, count, errors: library } = parts;
  const registrations = new Registrations({
    settings,
    unusedSeconds: unusedSeconds(settings, refreshSeconds),
    count,
    clock,
    errors: library,
  });
  const adapter = registrations.guard(parts.adapter);
  const staticIds = new Set([
    ...introspectionClientsOf(catalogue),
    ...settings.static.map(({ id }) => id),
  ]);
  const expiresAt = async (id: string) => (await records.get("Client", id))?.expiresAt;

  return {
    adapter,
    fetch: createClientFetch({ fetch: parts.fetch, clock }),
    attach(provider, registrationPath) {
      noteClientOutages(provider);
      keepErrorsFromUnprovenClients(provider, (id) => staticIds.has(id));
      provider.on("grant.success", ({ oidc }) => {
        const clientId = oidc.client?.clientId ?? "";
        if (staticIds.has(clientId)) return;
        registrations.touch(clientId, adapter, expiresAt).catch(parts.onError);
      });
      const offered = new Set([...scopesOf(catalogue), ...Object.keys(IDENTITY_SCOPES)]);
      provider.use(answerRegistrations(registrations, registrationPath, offered));
    },
  };
}
