interface Hint {
  readonly issuer: RegExp;
  readonly detail: string;
  readonly fix: string;
}

/**
 * What is known of authorization servers that do not simply put the requested
 * `resource` into `aud`. No metadata says so (RFC 8707 defines no member for
 * it), hence by the issuer's address.
 */
const HINTS: readonly Hint[] = [
  {
    issuer: /^https:\/\/[^/]+\.auth0\.com\//,
    detail: "Auth0 issues an opaque or encrypted token unless an API is asked for.",
    fix: "Create an API whose identifier is this server's URL, and make it the tenant's default audience.",
  },
  {
    issuer: /^https:\/\/(?:login\.microsoftonline\.com|sts\.windows\.net)\//,
    detail: "Entra puts the application's id into aud, not this server's URL.",
    fix: "Accept the application id and api://… as audiences, and typ JWT.",
  },
  {
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com\//,
    detail: "Cognito's access tokens have no aud unless the pool binds resources.",
    fix: "Bind the resource in the user pool, or accept named client ids with token_use=access.",
  },
  {
    issuer: /^https:\/\/accounts\.google\.com\/?$/,
    detail: "Google's access tokens are opaque and cannot be bound to this server.",
    fix: "Check them with a callback and a list of client ids, or put an authorization server in front.",
  },
  {
    issuer: /\/realms\/[^/]+\/?$/,
    detail: "Keycloak puts no audience into tokens until a mapper is set.",
    fix: "Add an audience mapper with this server's URL to a default client scope.",
  },
  {
    issuer: /^https:\/\/[a-z0-9-]+\.supabase\.co\/auth\/v1\/?$/,
    detail:
      'Supabase always writes aud "authenticated": tokens of the project\'s other services fit here too.',
    fix: "Accept that audience knowingly, and check the role.",
  },
  {
    issuer: /^https:\/\/(?:[a-z0-9-]+\.clerk\.accounts\.dev|clerk\.[^/]+)\/?$/,
    detail: "Clerk's tokens usually have no audience.",
    fix: "Turn on JWT access tokens, and accept named client ids.",
  },
  {
    issuer: /^https:\/\/github\.com(?:\/|$)/,
    detail: "GitHub's tokens are opaque, have no audience and do not expire.",
    fix: "Put an authorization server in front that signs users in through GitHub.",
  },
];

/** What to look out for with the authorization server at this address, if anything is known. */
export function providerHint(issuer: string): Pick<Hint, "detail" | "fix"> | undefined {
  return HINTS.find((hint) => hint.issuer.test(issuer));
}
