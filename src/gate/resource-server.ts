import { principalOf, type AccessToken, type Sender } from "../core/access-token.js";
import type { AuthRequest } from "../core/auth-request.js";
import type { Clock } from "../core/clock.js";
import { sessionNamedBy } from "../sessions/session-name.js";
import type { Possession } from "../binding/possession.js";
import { InvalidTokenError, MissingCredentialError, SessionNotFoundError } from "../core/errors.js";
import { assertToken68, findCredential, type AuthScheme } from "../credentials/credential.js";
import type { ChallengeContext } from "../credentials/challenge.js";
import type { Operation, OperationTarget } from "../messages/operation.js";
import type { OperationRequirement } from "../policy/requirements.js";
import type { ScopePolicy, PolicyResult } from "../policy/scope-policy.js";
import type { Revocations, SentWith } from "../revocation/revocation.js";
import { sha256, tokenFingerprint, tokenHash } from "../core/hashes.js";
import { acceptedUntil } from "../sessions/lease.js";
import type { ApiKeyAccess, RoutedCredential } from "../validators/api-keys/api-key-access.js";
import type { TokenValidator } from "../validators/token-validator.js";

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
  /** Prefix of scopes in challenges, if tokens contain a shorter name. */
  readonly scopePrefix?: string | undefined;
  /** Lower case. */
  readonly credentialHeader: string;
  readonly exposeToken: boolean;
  /** Tell clients why they are refused; for development. */
  readonly exposesReasons: boolean;
  readonly clock: Clock;
}

/** Where a request comes from. */
export interface Client {
  /** See `addressBlock`. Read only where a token has to be validated. */
  readonly block: string | undefined;
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
  /** Saves building the principal's JSON for every request with a cached token. */
  readonly #principals = new WeakMap<AccessToken, string>();
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
      exposesReasons: this.#config.exposesReasons,
      ...(algorithms !== undefined && { dpopAlgorithms: algorithms }),
    };
    return this.#challenge;
  }

  /** Tools, resources or prompts were added. */
  refresh(): void {
    this.#challenge = undefined;
  }

  /** Every request is let in; see `OpenResourceServer`. */
  get isOpen(): boolean {
    return false;
  }

  get policy(): ScopePolicy {
    return this.#config.policy;
  }

  /** What each operation requires; see `ScopePolicy.requirements`. */
  requirements(granted?: readonly string[]): OperationRequirement[] {
    return this.#config.policy.requirements(this.#config.targets(), granted);
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

  #authenticate(
    request: AuthRequest,
    credential: RoutedCredential,
    client: Client,
  ): Authentication | Promise<Authentication> {
    const { clock, revocations } = this.#config;
    const begun = { decidedAt: clock(), revocationsMade: revocations.made };
    const textHash = sha256(credential.token);
    const token = credential.validator.remembered?.(textHash);
    if (token !== undefined) return this.#admit(request, credential, token, textHash, begun);
    // Here and not before: what is remembered has passed it once.
    if (credential.scheme !== "ApiKey") assertToken68(credential.token);
    return credential.validator
      .validate(credential.token, client.block)
      .then((validated) => this.#admit(request, credential, validated, textHash, begun));
  }

  /** Returns synchronously when no I/O is needed. */
  #admit(
    request: AuthRequest,
    credential: RoutedCredential,
    token: AccessToken,
    textHash: string,
    begun: Begun,
  ): Authentication | Promise<Authentication> {
    const { possession, revocations } = this.#config;
    const proof = possession.validate(request, credential, token);
    const sent = new Sent(request, credential.token, textHash);
    if (proof === undefined && revocations.isKnownGood(token, sent)) {
      return this.#authenticationOf(credential, token, begun, undefined);
    }
    return this.#admitLater(credential, token, begun, proof, sent);
  }

  async #admitLater(
    credential: RoutedCredential,
    token: AccessToken,
    begun: Begun,
    proof: Promise<string | undefined> | undefined,
    sent: SentWith,
  ): Promise<Authentication> {
    const nextNonce = await proof;
    await this.#refuseRevoked(token, sent);
    return this.#authenticationOf(credential, token, begun, nextNonce);
  }

  #authenticationOf(
    credential: RoutedCredential,
    token: AccessToken,
    begun: Begun,
    nextNonce: string | undefined,
  ): Authentication {
    const { token: text } = credential;
    return new Admitted(
      credential,
      this.#config.exposeToken ? { ...token, token: text } : token,
      this.#principalOf(token) ?? ownerByToken(tokenHash(text)),
      begun,
      nextNonce,
    );
  }

  #principalOf(token: AccessToken): string | undefined {
    const known = this.#principals.get(token);
    if (known !== undefined) return known;
    const principal = principalOf(token);
    // Only for frozen tokens, which cannot change.
    if (principal !== undefined && Object.isFrozen(token)) this.#principals.set(token, principal);
    return principal;
  }

  /**
   * Looks once more whether a sender may come in, where that can have changed
   * since {@link identify}: a body can take minutes, and one that is held back
   * must not carry a token past its end. Costs nothing otherwise.
   *
   * Asks for no second proof of possession.
   *
   * @returns when it was decided again, or `undefined` where nothing can have changed
   * @throws OAuthError
   */
  confirm(request: AuthRequest, earlier: Begun, client: Client): Promise<Begun> | undefined {
    const age = Math.abs(this.#config.clock() - earlier.decidedAt);
    if (age < CONFIRM_AFTER_SECONDS && !this.isOutdated(earlier)) return undefined;
    return this.#confirm(request, client);
  }

  /** Whether something was revoked since. */
  isOutdated({ revocationsMade }: Begun): boolean {
    return this.#config.revocations.made !== revocationsMade;
  }

  async #confirm(request: AuthRequest, { block }: Client): Promise<Begun> {
    const { clock, revocations } = this.#config;
    const begun = { decidedAt: clock(), revocationsMade: revocations.made };
    const { validator, token: text } = this.#credentialOf(request);
    const token = await validator.validate(text, block);
    await this.#refuseRevoked(token, new Sent(request, text, undefined));
    return begun;
  }

  async #refuseRevoked(token: AccessToken, sent: SentWith): Promise<void> {
    const revoked = await this.#config.revocations.findRevoked(token, sent);
    if (revoked === "token") throw new InvalidTokenError("token_revoked");
    // The token is good: with 401 the client would come back with the same dead session.
    if (revoked === "session") throw new SessionNotFoundError("session_revoked");
  }

  #credentialOf(request: AuthRequest): RoutedCredential {
    const { apiKeys, validator, credentialHeader } = this.#config;
    if (apiKeys !== undefined) return apiKeys.credentialOf(request);
    const { scheme, token } = findCredential(request, credentialHeader);
    return { scheme, token, validator };
  }

  /**
   * Who sends this request: reads the credential, validates the token, asks for
   * proof of possession where the token is bound, looks whether it is revoked.
   * `undefined` for an anonymous request, where part of the server is public. A
   * credential that is there and bad is refused all the same, never ignored.
   *
   * Does not check what the request wants to do; see {@link authorize}.
   *
   * @throws OAuthError
   */
  identify(
    request: AuthRequest,
    client: Client,
  ): Authentication | undefined | Promise<Authentication> {
    let credential: RoutedCredential;
    try {
      credential = this.#credentialOf(request);
    } catch (error) {
      const isAnonymous =
        error instanceof MissingCredentialError && error.reason === "credential_missing";
      if (isAnonymous && this.#config.policy.hasPublicPart) return undefined;
      throw error;
    }
    return this.#authenticate(request, credential, client);
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
      if (scheme !== "ApiKey") assertToken68(token);
      return { scheme, fingerprint: tokenFingerprint(token) };
    } catch {
      return undefined;
    }
  }

  /** What no line about this request may show: its credentials and proofs. */
  secretsOf({ headers }: AuthRequest): readonly string[] {
    return [...this.credentialHeaders, "authorization", "dpop"]
      .flatMap((name) => headers[name] ?? [])
      .flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)]);
  }

  /**
   * Whether the sender may do all of these operations; a batch is decided as a whole.
   *
   * @throws OAuthError
   */
  authorize(
    token: AccessToken | undefined,
    operations: readonly Operation[],
  ): void | Promise<void> {
    const decision = this.#config.policy.decide(token, operations);
    return decision instanceof Promise ? decision.then(enforce) : enforce(decision);
  }

  /**
   * Whether a sender that was let in before could do all of these operations
   * now: the token has not expired, nothing is revoked, the policy allows. For
   * what reaches a session without a request. False if it cannot be determined.
   *
   * Does not ask for a new proof of possession, nor the authorization server.
   *
   */
  async stillAllows(
    sender: Sender | undefined,
    session: string,
    operations: readonly Operation[],
  ): Promise<boolean> {
    const { clock, revocations } = this.#config;
    try {
      if (sender !== undefined) {
        const { token, tokenHash } = sender;
        if (clock() >= acceptedUntil(sender)) return false;
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

/** How things stood when a decision was begun. */
/** When a sender was decided. */
export type Begun = Pick<Authentication, "decidedAt" | "revocationsMade">;

/** A class, as the one below: a getter of its own for every request would cost more than the decision. */
class Sent implements SentWith {
  readonly session: string | undefined;
  readonly #text: string;

  constructor(
    request: AuthRequest,
    text: string,
    readonly textHash: string | undefined,
  ) {
    this.session = sessionNamedBy(request);
    this.#text = text;
  }

  /** Worked out only where something could be revoked. */
  get tokenHash(): string {
    return tokenHash(this.#text);
  }
}

class Admitted implements Authentication {
  readonly scheme: AuthScheme;
  readonly decidedAt: number;
  readonly revocationsMade: number;
  readonly #text: string;

  constructor(
    credential: RoutedCredential,
    readonly token: AccessToken,
    readonly principal: string,
    begun: Begun,
    readonly nextNonce: string | undefined,
  ) {
    this.scheme = credential.scheme;
    this.decidedAt = begun.decidedAt;
    this.revocationsMade = begun.revocationsMade;
    this.#text = credential.token;
  }

  get tokenHash(): string {
    return tokenHash(this.#text);
  }
}

function enforce(decision: PolicyResult): void {
  if (!decision.allowed) throw decision.error;
}

/** Bodies come within milliseconds. */
const CONFIRM_AFTER_SECONDS = 1;

/** A token without a principal owns what it opened by its hash. */
function ownerByToken(hash: string): string {
  return `token:${hash}`;
}
