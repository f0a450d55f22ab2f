import type { OAuthAuthProviderOptions } from "./options.js";

/** The options, with the issuer of `embedded` as the default of `authorizationServers`. */
export function withEmbeddedIssuer<T>(options: T): T {
  const { embedded, authorizationServers } = (options ?? {}) as Partial<OAuthAuthProviderOptions>;
  if (embedded === undefined || authorizationServers !== undefined) return options;
  return { ...options, authorizationServers: [embedded.issuer] };
}
