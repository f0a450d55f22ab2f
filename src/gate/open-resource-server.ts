import type { AccessToken } from "../core/access-token.js";
import type { AuthRequest } from "../core/auth-request.js";
import { ResourceServer, type Authentication, type Begun } from "./resource-server.js";

/** Names no user and no client: code must not take an invented one for a real one. */
const NO_TOKEN: AccessToken = Object.freeze({ audience: [], scopes: [], claims: {} });
/** Owns every session and every task. Not the JSON of a principal, so it equals none. */
const EVERY_CLIENT = "every client";

/** Lets every request in, and reads no credential: `enabled: false`. */
export class OpenResourceServer extends ResourceServer {
  override get isOpen(): boolean {
    return true;
  }

  override identify(): Authentication {
    return {
      scheme: "Bearer",
      token: NO_TOKEN,
      tokenHash: "",
      principal: EVERY_CLIENT,
      nextNonce: undefined,
      ...this.#now(),
    };
  }

  override confirm(_request: AuthRequest, earlier: Begun): Promise<Begun> | undefined {
    return this.isOutdated(earlier) ? Promise.resolve(this.#now()) : undefined;
  }

  override describeCredential(): undefined {
    return undefined;
  }

  #now(): Begun {
    return { decidedAt: this.clock(), revocationsMade: this.revocations.made };
  }
}
