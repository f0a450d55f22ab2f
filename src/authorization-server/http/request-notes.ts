import type { IncomingMessage } from "node:http";

/** What the listener found out about a request before oidc-provider handles it. */
export interface RequestNotes {
  /** Address of the client; `undefined` if it is not known. */
  readonly address?: string | undefined;
  /** `scope` of a registration, which is removed from its body. */
  readonly registeredScope?: string | undefined;
}

const notes = new WeakMap<IncomingMessage, RequestNotes>();

/** Adds notes to a request. */
export function noteRequest(req: IncomingMessage, added: RequestNotes): void {
  notes.set(req, { ...notes.get(req), ...added });
}

export function notesOf(req: IncomingMessage): RequestNotes {
  return notes.get(req) ?? {};
}

/** Address of the client; `undefined` if it is not known. */
export function addressOf(req: IncomingMessage): string | undefined {
  return notesOf(req).address;
}
