import { ConfigurationError } from "../core/errors.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";
import { IDENTITY_SCOPES, type ResolvedResource } from "./options.js";

/** The resources of one server, looked up by resource indicator. */
export interface ResourceCatalogue {
  readonly all: readonly ResolvedResource[];
  /** The resource of a request without `resource`; `undefined` when there are several and no default. */
  readonly defaultIdentifier: string | undefined;
  /** `undefined` for an unknown resource. */
  find(indicator: string): ResolvedResource | undefined;
}

/**
 * Matches after URL normalization: clients send the URL as the user typed it,
 * with scheme and host in any case and with or without the trailing slash of a
 * bare origin. The token still carries the identifier as configured.
 *
 * @throws ConfigurationError
 */
export function createResourceCatalogue(
  resources: readonly ResolvedResource[],
  defaultResource?: string,
): ResourceCatalogue {
  const byHref = new Map(resources.map((entry) => [new URL(entry.resource).href, entry]));
  const find = (indicator: string) => byHref.get(parseAbsoluteUrl(indicator)?.href ?? "");
  if (defaultResource !== undefined && find(defaultResource) === undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_RESOURCES",
      "defaultResource must be one of resources.",
    );
  }
  const only = resources.length === 1 ? resources[0]?.resource : undefined;
  return { all: resources, defaultIdentifier: defaultResource ?? only, find };
}

interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
}

/**
 * Adds the requested scopes to `grant`, each for the resources that define it.
 * Unknown scopes are ignored.
 */
export function addScopes(
  grant: Grant,
  requested: Iterable<string>,
  indicators: readonly string[],
  catalogue: ResourceCatalogue,
): void {
  const scopes = [...requested];
  const identity = scopes.filter((scope) => Object.hasOwn(IDENTITY_SCOPES, scope));
  if (identity.length > 0) grant.addOIDCScope(identity.join(" "));
  for (const indicator of indicators) {
    const offered = catalogue.find(indicator)?.scopes ?? {};
    const allowed = scopes.filter((scope) => Object.hasOwn(offered, scope));
    if (allowed.length > 0) grant.addResourceScope(indicator, allowed.join(" "));
  }
}
