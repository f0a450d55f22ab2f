import type { AccessToken } from "../core/access-token.js";
import type { AuthRequest } from "../core/auth-request.js";
import type { Clock } from "../core/clock.js";
import { headerValues, type Credential } from "../credentials/credential.js";
import { InvalidTokenError } from "../core/errors.js";
import { validateCertificateBinding, type CertificateSource } from "./certificate.js";
import { requiresProof, validateDPoPProof, type DPoPMode, type ProofOptions } from "./dpop.js";
import { requestTargets } from "./request-target.js";

export interface PossessionOptions {
  /** The configured resource, from which the URL in a proof is judged. */
  readonly resource: string;
  readonly mode: DPoPMode;
  readonly dpop: ProofOptions;
  readonly certificates: CertificateSource;
  /** Refuse tokens that are not bound to a client certificate. */
  readonly certificateRequired: boolean;
  readonly clock: Clock;
}

/**
 * Whether the sender of a request holds the key its token is bound to. A token
 * bound to a DPoP key and to a client certificate must pass both.
 */
export class Possession {
  readonly #options: PossessionOptions;

  constructor(options: PossessionOptions) {
    this.#options = options;
  }

  /** Algorithms for challenges and metadata; `undefined` when proofs are not accepted. */
  get algorithms(): readonly string[] | undefined {
    const { mode, dpop } = this.#options;
    return mode === "off" ? undefined : dpop.algorithms;
  }

  /** The nonce a client must use now; `undefined` when none is asked for. */
  get nonce(): string | undefined {
    const { dpop, clock } = this.#options;
    return dpop.nonce?.issue(clock());
  }

  /**
   * Does not check the token itself: call it with a validated one.
   *
   * @returns `undefined` at once for a token that needs no proof; otherwise a newer nonce than
   *   the one used, for the client's next proof, if there is one
   * @throws InvalidTokenError, InvalidDPoPProofError, UseDPoPNonceError, UnavailableError
   */
  validate(
    request: AuthRequest,
    credential: Credential,
    token: AccessToken,
  ): Promise<string | undefined> | undefined {
    const { mode, dpop, certificates, certificateRequired, clock, resource } = this.#options;
    const needsProof = requiresProof(credential.scheme, token, mode);
    if (certificateRequired && token.confirmation?.x5tS256 === undefined) {
      throw new InvalidTokenError("certificate_binding_required");
    }
    // Before the proof: a request that fails here must not use up the proof's identifier.
    validateCertificateBinding(token, request, certificates);
    if (!needsProof) return undefined;
    return validateDPoPProof(headerValues(request, "dpop"), {
      method: request.method,
      targets: requestTargets(resource, request),
      accessToken: credential.token,
      thumbprint: token.confirmation?.jkt,
      now: clock(),
      options: dpop,
    }).then(({ nextNonce }) => nextNonce);
  }
}
