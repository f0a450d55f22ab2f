/** An authorization server as `create` offers it. */
export interface ProviderChoice {
  /** What `--provider` takes. */
  readonly id: string;
  readonly label: string;
  /** What its access tokens are, as far as it is known. */
  readonly token: "jwt" | "introspection";
  /** Whether it is known to answer questions about tokens (RFC 7662). */
  readonly introspects: boolean;
  /** What its issuer looks like. */
  readonly issuer: string;
}

export const EMBEDDED = "embedded";
export const OTHER = "other";

/** Offered in this order. */
export const PROVIDERS: readonly ProviderChoice[] = [
  choice(EMBEDDED, "Embedded: a development server inside the project", "http://localhost:9000"),
  choice("auth0", "Auth0", "https://your-tenant.auth0.com/"),
  choice("okta", "Okta", "https://your-domain.okta.com/oauth2/default", { introspects: true }),
  choice("cognito", "AWS Cognito", "https://cognito-idp.eu-central-1.amazonaws.com/your-pool"),
  choice("entra", "Microsoft Entra ID", "https://login.microsoftonline.com/your-tenant-id/v2.0"),
  choice("keycloak", "Keycloak", "https://auth.example.com/realms/your-realm", {
    introspects: true,
  }),
  choice("workos", "WorkOS AuthKit", "https://your-app.authkit.app"),
  choice("clerk", "Clerk", "https://your-app.clerk.accounts.dev"),
  choice("supabase", "Supabase", "https://your-project.supabase.co/auth/v1"),
  choice("zitadel", "Zitadel", "https://your-instance.zitadel.cloud", {
    token: "introspection",
    introspects: true,
  }),
  choice("logto", "Logto", "https://your-tenant.logto.app/oidc"),
  choice("hydra", "Ory Hydra", "https://your-project.projects.oryapis.com", { introspects: true }),
  choice("better-auth", "Better Auth", "https://app.example.com/api/auth", { introspects: true }),
  choice("descope", "Descope", "https://api.descope.com/your-project-id"),
  choice("scalekit", "Scalekit", "https://your-env.scalekit.com"),
  choice(OTHER, "Another one", "https://auth.example.com", { introspects: true }),
];

export function findProvider(id: string): ProviderChoice | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}

function choice(
  id: string,
  label: string,
  issuer: string,
  known: Partial<Pick<ProviderChoice, "token" | "introspects">> = {},
): ProviderChoice {
  return { id, label, issuer, token: "jwt", introspects: false, ...known };
}
