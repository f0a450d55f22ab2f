import type { ErrorCode } from "../core/error-codes/error-codes.js";
import type { VerificationSecret } from "../options/environment/verification-secret.js";
import type { SecretFunction } from "../secrets/resolve-secret.js";
import type { Preset } from "./preset.js";

/** A known authorization server. */
export interface KnownServer {
  /** The name in `OAUTH_PROVIDER`, in `--provider` and of the page in docs/providers. */
  readonly id: string;
  /** The name in texts. */
  readonly label: string;
  /**
   * Matches issuers of this provider, as a normalized URL (`URL.href`). Omitted
   * if the address does not identify the provider, as with custom domains.
   */
  readonly issuerPattern?: RegExp;
  /** Shown by `doctor` if the provider does not put the requested `resource` into `aud`. */
  readonly hint?: Hint;
  /** Facts that no source confirms yet. Shown on the page, by `create` and by `doctor`. */
  readonly unverified: readonly string[];
  /**
   * The reason why tokens of this issuer can never work, or `undefined` if they can.
   *
   * @param equals the claim values that the configuration requires
   */
  unsuitable?(issuer: URL, equals: Readonly<Record<string, unknown>>): Unsuitable | undefined;
}

export interface Hint {
  readonly detail: string;
  readonly fix: string;
}

/** Code and message of the ConfigurationError. The message names the fix. */
export interface Unsuitable {
  readonly code: ErrorCode;
  readonly message: string;
}

/** An authorization server with a preset: with all known facts. */
export interface Provider<
  Id extends string = string,
  Name extends string = string,
> extends KnownServer {
  readonly id: Id;
  /** An issuer with placeholders, suggested by `create`. */
  readonly issuerExample: string;
  /** How the preset validates tokens. `create` has no template for `callback`. */
  readonly validates: "jwt" | "introspection" | "callback";
  /** The access tokens are JWTs without `typ: at+jwt`. They need `allowJwtTyp`. */
  readonly typesTokensJwt?: true;
  /** Introspection endpoint (RFC 7662), as documented. Omitted if there is none. */
  readonly introspection?: string;
  /** The audience comes from other variables, or tokens have none: `OAUTH_AUDIENCE` contradicts the preset. */
  readonly fixedAudience?: true;
  /** The row in the index of docs/providers. */
  readonly summary: Summary;
  readonly variables: readonly ProviderVariable<Name>[];
  /** Builds the preset from the variables. */
  fromEnv(env: ProviderEnvironment<NoInfer<Name>>): Preset;
  /** What to set up at the provider, in Markdown: for its page and for the README of `create`. */
  readonly consoleSteps: readonly [string, ...string[]];
  /** Facts from public documentation, each with its source. */
  readonly sources: readonly Source[];
}

/** Cells of the index, in Markdown. */
interface Summary {
  readonly tokens: string;
  readonly audience: string;
  readonly scopes: string;
  readonly registration: string;
}

interface Source {
  readonly facts: string;
  readonly url: string;
  /** Month in which it was read: `2026-11`. */
  readonly read: string;
}

/** An environment variable of one provider. */
export interface ProviderVariable<Name extends string = string> {
  readonly name: Name;
  readonly kind: "text" | "list" | "flag" | "secret";
  /** The option it sets, as named in messages. */
  readonly option: string;
  /** Whether the preset requires it; `usually` marks the common one of several alternatives. */
  readonly required: boolean | "usually";
  readonly text: string;
  readonly example: string;
}

/** Variables of the resource server that presets read as well. */
type SharedName =
  | "OAUTH_AUDIENCE"
  | "OAUTH_CLIENT_ID"
  | "OAUTH_CLIENT_SECRET"
  | "OAUTH_PRIVATE_KEY"
  | "OAUTH_PRIVATE_KEY_ID";

/** The variables that a provider may read: its own and the shared ones. */
interface ProviderEnvironment<Name extends string = string> {
  text(name: Name | SharedName): string | undefined;
  list(name: Name | SharedName): readonly string[] | undefined;
  flag(name: Name | SharedName): boolean | undefined;
  secret(name: Name | SharedName): string | SecretFunction | undefined;
  verificationSecret(name: Name | SharedName): VerificationSecret | undefined;
  privateKey(name: Name | SharedName): string | SecretFunction | undefined;
  /** @throws ConfigurationError when the variable is not set */
  requiredText(name: Name | SharedName): string;
  /** @throws ConfigurationError with the purpose of the variable */
  missing(name: Name | SharedName): never;
}

/**
 * Declares a provider. Infers the names of its variables, so that `fromEnv`
 * cannot read a variable that is not declared.
 */
export function defineProvider<const Id extends string, const Name extends string>(
  provider: Provider<Id, Name>,
): Provider<Id, Name> {
  return provider;
}
