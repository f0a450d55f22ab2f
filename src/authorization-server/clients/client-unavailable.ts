import type { EventEmitter } from "node:events";
import { noteOutage } from "../grants/request-scope.js";

/**
 * The server that publishes a client's metadata document or keys does not
 * respond. The client is then not unknown: clients would discard their tokens.
 */
export class ClientUnavailableError extends Error {
  constructor(
    /** Host name of that server. */
    readonly host: string,
    options?: ErrorOptions,
  ) {
    super(`The server of the client, ${host}, does not respond`, options);
    this.name = "ClientUnavailableError";
  }
}

const EVENTS = ["authorization", "grant", "introspection", "revocation"];
const MAX_CAUSES = 5;

/**
 * Notes the outage of a request whose error was caused by a
 * {@link ClientUnavailableError}. oidc-provider reports it as an unknown client
 * or an invalid assertion, also to requests that waited for the fetch of another one.
 */
export function noteClientOutages(provider: EventEmitter): void {
  for (const name of EVENTS) {
    provider.on(`${name}.error`, (_ctx: unknown, error: unknown) => {
      const found = causeOf(error);
      if (found !== undefined) noteOutage(found);
    });
  }
}

function causeOf(error: unknown): ClientUnavailableError | undefined {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    if (cause instanceof ClientUnavailableError) return cause;
    cause = cause.cause;
  }
  return undefined;
}
