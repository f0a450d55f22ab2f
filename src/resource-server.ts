import { createHash } from "node:crypto";
import { principalOf, type AccessToken } from "./access-token.js";
import type { AuthRequest } from "./auth-request.js";
import type { Clock } from "./clock.js";
import { readCredential, type AuthScheme } from "./credentials/credential.js";
import type { ChallengeContext } from "./credentials/challenge.js";
import type { Operation } from "./policy/operation.js";
import type { TokenValidator } from "./validators/token-validator.js";

/** Says what a validated token may do. Throws what the client is to be told. */
export interface AccessPolicy {
  /**
   * @param token absent for a request without credentials
   * @throws MissingCredentialError, InsufficientScopeError, InsufficientUserAuthenticationError
   */
  authorize(token: AccessToken | undefined, operations: readonly Operation[]): Promise<void> | void;
}

export interface ResourceServerConfig {
  readonly validator: TokenValidator;
  readonly policy: AccessPolicy;
  readonly challenge: ChallengeContext;
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

  constructor(config: ResourceServerConfig) {
    this.#config = config;
  }

  get challenge(): ChallengeContext {
    return this.#config.challenge;
  }

  get credentialHeader(): string {
    return this.#config.credentialHeader;
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
    const { scheme, token: text } = readCredential(request, this.#config.credentialHeader);
    const token = await this.#config.validator.validate(text);
    return {
      scheme,
      token: this.#config.exposeToken ? { ...token, token: text } : token,
      principal: principalOf(token) ?? ownerByToken(text),
    };
  }

  /**
   * Whether the sender may do all of these operations; a batch is decided as a whole.
   *
   * @throws OAuthError
   */
  authorize(
    token: AccessToken | undefined,
    operations: readonly Operation[],
  ): Promise<void> | void {
    return this.#config.policy.authorize(token, operations);
  }
}

/** A token that names nobody owns what it opened, and no other token does. */
function ownerByToken(token: string): string {
  return `token:${createHash("sha256").update(token).digest("base64url")}`;
}
