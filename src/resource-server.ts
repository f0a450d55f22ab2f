import { principalOf, type AccessToken } from "./access-token.js";
import type { AuthRequest } from "./auth-request.js";
import type { Clock } from "./clock.js";
import { MissingCredentialError } from "./errors.js";
import { readCredential, type AuthScheme } from "./credentials/credential.js";
import type { ChallengeContext } from "./credentials/challenge.js";
import type { Operation, OperationTarget } from "./policy/operation.js";
import type { ScopePolicy } from "./policy/scope-policy.js";
import { tokenHash } from "./validators/hash.js";
import type { ApiKeyAccess, RoutedCredential } from "./validators/api-key-access.js";
import type { TokenValidator } from "./validators/token-validator.js";

export interface ResourceServerConfig {
  /** Decides about access tokens. */
  readonly validator: TokenValidator;
  /** Where API keys are accepted: says who decides about a request's credential. */
  readonly apiKeys?: ApiKeyAccess;
  readonly policy: ScopePolicy;
  /** Tools, resources and prompts, whose classes may ask for scopes. */
  readonly targets: () => Iterable<OperationTarget>;
  /** URL of the protected resource metadata; absent where no access token is accepted. */
  readonly resourceMetadata: string | undefined;
  /** Stands before scopes in challenges, where tokens carry a shorter name. */
  readonly scopePrefix?: string | undefined;
  /** Lower case. */
  readonly credentialHeader: string;
  readonly exposeToken: boolean;
  readonly clock: Clock;
}

/** A request whose sender is known. */
export interface Authentication {
  readonly scheme: AuthScheme;
  readonly token: AccessToken;
  /** Who owns what this request opens. */
  readonly principal: string;
}

/**
 * One request, decided: the steps in order, top to bottom. Knows nothing of
 * sockets and of mcp-framework.
 */
export class ResourceServer {
  readonly #config: ResourceServerConfig;
  #challenge: ChallengeContext | undefined;

  constructor(config: ResourceServerConfig) {
    this.#config = config;
  }

  /** What challenges say, built when first needed and again after {@link refresh}. */
  get challenge(): ChallengeContext {
    const { resourceMetadata, policy, targets, apiKeys, scopePrefix } = this.#config;
    this.#challenge ??= {
      ...(resourceMetadata !== undefined && { resourceMetadata }),
      ...(resourceMetadata === undefined && apiKeys && { apiKeyHeader: apiKeys.header.name }),
      scopes: policy.challengeScope(targets()),
      scopePrefix,
    };
    return this.#challenge;
  }

  /** Tools, resources or prompts were added. */
  refresh(): void {
    this.#challenge = undefined;
  }

  get policy(): ScopePolicy {
    return this.#config.policy;
  }

  /** Headers that may hold a credential, lower case. */
  get credentialHeaders(): readonly string[] {
    const { credentialHeader, apiKeys } = this.#config;
    return apiKeys === undefined ? [credentialHeader] : [credentialHeader, apiKeys.header.name];
  }

  get clock(): Clock {
    return this.#config.clock;
  }

  /**
   * Who sends this request: reads the credential, validates the token.
   *
   * Does not check what the request wants to do; see {@link authorize}.
   *
   * @throws OAuthError
   */
  async authenticate(request: AuthRequest): Promise<Authentication> {
    const { scheme, token: text, validator } = this.#credentialOf(request);
    const token = await validator.validate(text);
    return {
      scheme,
      token: this.#config.exposeToken ? { ...token, token: text } : token,
      principal: principalOf(token) ?? ownerByToken(text),
    };
  }

  #credentialOf(request: AuthRequest): RoutedCredential {
    const { apiKeys, validator, credentialHeader } = this.#config;
    if (apiKeys !== undefined) return apiKeys.credentialOf(request);
    return { ...readCredential(request, credentialHeader), validator };
  }

  /**
   * Who sends this request, or `undefined` for a stranger: one without any
   * credential, where part of the server is public. A credential that is there
   * and not good is refused all the same, never quietly ignored.
   *
   * @throws OAuthError
   */
  async identify(request: AuthRequest): Promise<Authentication | undefined> {
    try {
      return await this.authenticate(request);
    } catch (error) {
      const stranger =
        error instanceof MissingCredentialError && error.reason === "credential_missing";
      if (stranger && this.#config.policy.hasPublicPart) return undefined;
      throw error;
    }
  }

  /**
   * Whether the sender may do all of these operations; a batch is decided as a whole.
   *
   * @throws OAuthError
   */
  async authorize(token: AccessToken | undefined, operations: readonly Operation[]): Promise<void> {
    const decision = await this.#config.policy.decide(token, operations);
    if (!decision.allowed) throw decision.error;
  }
}

/** A token that names nobody owns what it opened, and no other token does. */
function ownerByToken(token: string): string {
  return `token:${tokenHash(token)}`;
}
