import type { AuthRequest } from "../core/auth-request.js";
import { ForbiddenError, InvalidRequestError } from "../core/errors.js";
import type { AddressMatcher } from "../net/client-address.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { peerOf, type Peer } from "./peer.js";

export interface AdmissionOptions {
  /** The protected resource's identifier. */
  readonly resource: string;
  /** Proxies that are believed; `undefined` when none is. */
  readonly trustedProxies: AddressMatcher | undefined;
  readonly requireHttps: boolean;
}

/**
 * Checks before the credential is read: the sender's address, a secure
 * connection, and the `Host`.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #isLoopbackResource: boolean;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#isLoopbackResource = isLoopbackHost(new URL(options.resource).hostname);
  }

  /** The client, behind configured proxies. */
  peerOf(request: AuthRequest): Peer {
    return peerOf(request, this.#options.trustedProxies);
  }

  /**
   * Two `Host` headers mean one server to a proxy and another to this one.
   * Node keeps the first; a Web request has them joined.
   *
   * @throws InvalidRequestError
   * @see RFC 9112 §3.2
   */
  checkOneHost({ headers, rawHeaders }: AuthRequest): void {
    let count = 0;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string;
      if (name.length === 4 && name.toLowerCase() === "host") count++;
    }
    if (count > 1 || headers.host?.includes(",")) throw new InvalidRequestError("host_repeated");
  }

  /**
   * A page on a name that its owner points to 127.0.0.1 is same-origin with a
   * server there and sends no foreign `Origin` (DNS rebinding); `Host` still has the
   * name. A server whose resource is elsewhere has names that are
   * its proxy's matter.
   *
   * @throws ForbiddenError
   */
  checkHost(host: string | undefined): void {
    if (this.#isLoopbackResource && !isLoopbackAuthority(host)) {
      throw new ForbiddenError("host_not_loopback");
    }
  }

  /** Whether {@link checkEncryption} can refuse requests. */
  get requiresEncryption(): boolean {
    return this.#options.requireHttps && !this.#isLoopbackResource;
  }

  /**
   * A token sent in the clear is known to everybody on the way. Clients on
   * this machine are excepted, unless a header shows that they forward for
   * another client.
   *
   * @throws ForbiddenError
   */
  checkEncryption(peer: Peer): void {
    if (!this.requiresEncryption || peer.encrypted) return;
    if (!peer.unknownProxy && peer.address !== undefined && isLoopbackHost(peer.address)) return;
    // Two reasons, because the cures differ.
    throw new ForbiddenError(peer.unknownProxy ? "https_required_proxy_unknown" : "https_required");
  }
}

function isLoopbackAuthority(host: string | undefined): boolean {
  const name = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host ?? "")?.[1];
  return name !== undefined && isLoopbackHost(name);
}
