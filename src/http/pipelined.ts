import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Responses that wait for others on their connection. */
const queues = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Node tells of a lost connection only the response that is being sent. One that
 * waits behind it (RFC 9112 §9.3.2) would never close, and never let go of what
 * is held until then: a session in use, a standing stream. Here it closes as well.
 */
export function closeWithConnection({ socket }: IncomingMessage, res: ServerResponse): void {
  if (res.socket !== null) return;
  let queue = queues.get(socket);
  if (queue === undefined) {
    const created = new Set<ServerResponse>();
    queues.set(socket, (queue = created));
    // After Node has closed the one that was being sent, and handed a dead connection to the next.
    socket.once("close", () => setImmediate(() => created.forEach(close)));
  }
  const own = queue.add(res);
  res.once("close", () => own.delete(res));
}

function close(res: ServerResponse): void {
  if (res.closed) return;
  res.destroy();
  res.emit("close");
}
