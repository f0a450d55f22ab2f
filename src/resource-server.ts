import { principalOf, type AccessToken } from "./access-token.js";
import type { AuthRequest } from "./auth-request.js";
import type { Clock } from "./clock.js";
import type { Sender } from "./binding/session.js";
import type { Possession } from "./binding/possession.js";
import { InvalidTokenError, MissingCredentialError, SessionNotFoundError } from "./errors.js";
import { readCredential, type AuthScheme } from "./credentials/credential.js";
import type { ChallengeContext } from "./credentials/challenge.js";
import type { Operation, OperationTarget } from "./policy/operation.js";
import type { ScopePolicy } from "./policy/scope-policy.js";
import type { Revocations } from "./policy/revocation.js";
import { signedHash, tokenFingerprint } from "./jose/token-hash.js";
import type { ApiKeyAccess, RoutedCredential } from "./validators/api-key-access.js";
import type { TokenValidator } from "./validators/token-validator.js";

export interface ResourceServerConfig {
  /** Decides about access tokens. */
  readonly validator: TokenValidator;
  /** Where API keys are accepted: says who decides about a request's credential. */
  readonly apiKeys?: ApiKeyAccess;
  readonly possession: Possession;
  readonly revocations: Revocations;
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
export interface Authentication extends Sender {
  readonly scheme: AuthScheme;
  /** Who owns what this request opens. */
  readonly principal: string;
  /** When it was decided, in seconds since the epoch, and how many revocations were made by then. */
  readonly decidedAt: number;
  readonly revocationsMade: number;
  /** The nonce for the client's next DPoP proof, where it used an older one. */
  readonly nextNonce: string | undefined;
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
    const { resourceMetadata, policy, targets, apiKeys, scopePrefix, possession } = this.#config;
    // Proofs go with access tokens, and where there is no metadata none is accepted.
    const algorithms = resourceMetadata === undefined ? undefined : possession.algorithms;
    this.#challenge ??= {
      ...(resourceMetadata !== undefined && { resourceMetadata }),
      ...(resourceMetadata === undefined && apiKeys && { apiKeyHeader: apiKeys.header.name }),
      scopes: policy.challengeScope(targets()),
      scopePrefix,
      ...(algorithms !== undefined && { dpopAlgorithms: algorithms }),
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

  /** The nonce that DPoP proofs must carry now; `undefined` when none is asked for. */
  get nonce(): string | undefined {
    return this.#config.possession.nonce;
  }

  get revocations(): Revocations {
    return this.#config.revocations;
  }

  /**
   * Who sends this request: reads the credential, validates the token, asks for
   * proof of possession where the token is bound, looks whether it is revoked.
   *
   * Does not check what the request wants to do; see {@link authorize}.
   *
   * @throws OAuthError
   */
  async authenticate(request: AuthRequest): Promise<Authentication> {
    const decidedAt = this.#config.clock();
    const revocationsMade = this.#config.revocations.made;
    const credential = this.#credentialOf(request);
    const { scheme, token: text } = credential;
    const token = await credential.validator.validate(text);
    const nextNonce = await this.#config.possession.validate(request, credential, token);
    await this.#refuseRevoked(request, token, text);
    return {
      scheme,
      token: this.#config.exposeToken ? { ...token, token: text } : token,
      principal: principalOf(token) ?? ownerByToken(signedHash(text)),
      get tokenHash() {
        return signedHash(text);
      },
      decidedAt,
      revocationsMade,
      nextNonce,
    };
  }

  /**
   * Looks once more whether a sender may come in, where that can have changed
   * since {@link authenticate}: a body can take minutes, and one that is held back
   * must not carry a token past its end. Costs nothing otherwise.
   *
   * Asks for no second proof of possession.
   *
   * @throws OAuthError
   */
  async confirm(request: AuthRequest, earlier: Authentication): Promise<void> {
    const { clock, revocations } = this.#config;
    const age = Math.abs(clock() - earlier.decidedAt);
    if (age < CONFIRM_AFTER_SECONDS && revocations.made === earlier.revocationsMade) return;
    const { validator, token: text } = this.#credentialOf(request);
    await this.#refuseRevoked(request, await validator.validate(text), text);
  }

  async #refuseRevoked(request: AuthRequest, token: AccessToken, text: string): Promise<void> {
    const revoked = await this.#config.revocations.findRevoked(token, {
      // Worked out only where something could be revoked.
      get tokenHash() {
        return signedHash(text);
      },
      session: sessionNamedBy(request),
    });
    if (revoked === "token") throw new InvalidTokenError("token_revoked");
    // The token is good: with 401 the client would come back with the same dead session.
    if (revoked === "session") throw new SessionNotFoundError("session_revoked");
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
   * What may be told of the credential that was sent, good or bad. `undefined`
   * when there is none that can be read. Never throws.
   */
  describeCredential(
    request: AuthRequest,
  ): { readonly scheme: AuthScheme; readonly fingerprint: string } | undefined {
    try {
      const { scheme, token } = this.#credentialOf(request);
      return { scheme, fingerprint: tokenFingerprint(token) };
    } catch {
      return undefined;
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

  /**
   * Whether a sender that was let in before could do all of these operations
   * now: the token has not expired, nothing is revoked, the policy allows. For
   * what reaches a session without a request. False when it cannot be told.
   *
   * Does not ask for a new proof of possession, nor the authorization server.
   *
   * @param graceSeconds how long a token counts after it has expired
   */
  async stillAllows(
    sender: Sender | undefined,
    session: string,
    operations: readonly Operation[],
    graceSeconds: number,
  ): Promise<boolean> {
    const { clock, revocations } = this.#config;
    try {
      if (sender !== undefined) {
        const { token, tokenHash } = sender;
        if (token.expiresAt !== undefined && clock() >= token.expiresAt + graceSeconds)
          return false;
        const revoked = await revocations.findRevoked(token, { tokenHash, session });
        if (revoked !== undefined) return false;
      }
      await this.authorize(sender?.token, operations);
      return true;
    } catch {
      return false;
    }
  }
}

/** Bodies come within milliseconds. */
const CONFIRM_AFTER_SECONDS = 1;

/** A token that names nobody owns what it opened, and no other token does. */
function ownerByToken(hash: string): string {
  return `token:${hash}`;
}

/**
 * The session a request says it belongs to, read where the guard reads it: with
 * two places to name one, a revoked session could hide behind another. Whether it
 * is open, and whose, the guard checks.
 */
function sessionNamedBy({ transport, headers, url }: AuthRequest): string | undefined {
  if (transport !== "sse") {
    const header = headers["mcp-session-id"];
    return typeof header === "string" ? header : undefined;
  }
  const query = url.indexOf("?");
  if (query < 0) return undefined;
  return new URLSearchParams(url.slice(query)).get("sessionId") ?? undefined;
}
