import type { OAuthAuthProviderOptions } from "./options.js";
import type { ValidationOptions } from "./validation.js";

/** `validation` as a list, and what stands for it where it is left out. */
export function validationEntries(options: OAuthAuthProviderOptions): readonly ValidationOptions[] {
  const { validation, introspection, issuers, authorizationServers } = options;
  if (validation !== undefined) return [validation].flat();
  const jwts =
    issuers === undefined
      ? authorizationServers.map((issuer): ValidationOptions => ({ type: "jwt", issuer }))
      : [];
  return introspection === undefined ? jwts : [...jwts, { type: "introspection" }];
}
