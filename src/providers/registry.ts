import { auth0Provider } from "./auth0.js";
import { authentikProvider } from "./authentik.js";
import { betterAuthProvider } from "./better-auth.js";
import { clerkProvider } from "./clerk.js";
import { cognitoProvider } from "./cognito.js";
import type { KnownServer, Provider, ProviderVariable } from "./define-provider.js";
import { descopeProvider } from "./descope.js";
import { entraProvider } from "./entra.js";
import { fusionauthProvider } from "./fusionauth.js";
import { githubServer } from "./github.js";
import { googleProvider } from "./google.js";
import { hydraProvider } from "./hydra.js";
import { keycloakProvider } from "./keycloak.js";
import { logtoProvider } from "./logto.js";
import { oktaProvider } from "./okta.js";
import { pingoneProvider } from "./pingone.js";
import { propelauthProvider } from "./propelauth.js";
import { scalekitProvider } from "./scalekit.js";
import { stytchProvider } from "./stytch.js";
import { supabaseProvider } from "./supabase.js";
import { workosProvider } from "./workos.js";
import { zitadelProvider } from "./zitadel.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

const ROWS = [
  auth0Provider,
  oktaProvider,
  cognitoProvider,
  entraProvider,
  googleProvider,
  keycloakProvider,
  workosProvider,
  clerkProvider,
  supabaseProvider,
  zitadelProvider,
  logtoProvider,
  hydraProvider,
  betterAuthProvider,
  descopeProvider,
  scalekitProvider,
  fusionauthProvider,
  authentikProvider,
  stytchProvider,
  pingoneProvider,
  propelauthProvider,
] as const satisfies readonly Provider[];

/** A value of `OAUTH_PROVIDER`. */
export type ProviderName = (typeof ROWS)[number]["id"];

/** The name of a variable that belongs to one provider. */
export type ProviderVariableName = (typeof ROWS)[number]["variables"][number]["name"];

/** Every provider that has a preset, in the order of the documentation. */
export const PROVIDERS: readonly Provider<ProviderName, ProviderVariableName>[] = ROWS;

/** Every known authorization server, including those without a preset. */
export const KNOWN_SERVERS: readonly KnownServer[] = [...PROVIDERS, githubServer];

/** The server that an issuer belongs to, if its address identifies the server. */
export function serverOfIssuer(issuer: string): KnownServer | undefined {
  return find(KNOWN_SERVERS, issuer);
}

/** The provider that an issuer belongs to, if its address identifies the provider. */
export function providerOfIssuer(issuer: string): Provider | undefined {
  return find(PROVIDERS, issuer);
}

function find<T extends KnownServer>(servers: readonly T[], issuer: string): T | undefined {
  const url = parseAbsoluteUrl(issuer);
  return url && servers.find(({ issuerPattern }) => issuerPattern?.test(url.href));
}

/** The variables of every provider, each with the provider it belongs to. */
export const PROVIDER_VARIABLES = PROVIDERS.flatMap(({ id, variables }) =>
  variables.map((variable) => ({
    ...variable,
    provider: id,
    section: `OAUTH_PROVIDER=${id}`,
  })),
) satisfies readonly ProviderVariable<ProviderVariableName>[];
