import { MAX_BACKLOG_BYTES } from "../../http/backlog.js";
import { currentExchange } from "../exchange.js";
import { streamTablesOf, type SessionTransport, type StreamController } from "../internals.js";

/** What a queued chunk costs besides its bytes, about. */
const CHUNK_BYTES = 256;

/**
 * Cuts off every stream of an HTTP Stream session, answers to a POST included,
 * whose client does not read. The SDK puts messages into an unbounded queue,
 * from which the socket takes as fast as its client reads; see `limitBacklog`.
 *
 * To be called before the session's first stream. The session itself goes on:
 * its client comes back with a new stream. Limits nothing where the SDK's
 * tables look different; framework-contract.test.ts fails then.
 */
export function limitQueues(transport: SessionTransport, maxBytes = MAX_BACKLOG_BYTES): void {
  const streams = streamTablesOf(transport)?._streamMapping;
  if (streams === undefined) return;
  const set = streams.set.bind(streams);
  streams.set = (id, stream) => {
    const cutOff = currentExchange()?.cutOff;
    if (stream.controller !== undefined && cutOff !== undefined) {
      limitQueue(stream.controller, cutOff, maxBytes);
    }
    return set(id, stream);
  };
}

const limited = new WeakSet<StreamController>();

/** The queue counts its chunks; how many bytes they are is remembered here. */
function limitQueue(controller: StreamController, cutOff: () => void, maxBytes: number): void {
  // A batch of requests is answered in one stream, which is set once for each.
  if (limited.has(controller)) return;
  limited.add(controller);
  const enqueue = controller.enqueue.bind(controller);
  const sizes: number[] = [];
  let waiting = 0;
  controller.enqueue = (chunk) => {
    // `desiredSize` is 1 while the queue is empty, and null once it was cancelled or failed.
    const queued = 1 - (controller.desiredSize ?? 1);
    for (const taken of sizes.splice(0, sizes.length - queued)) waiting -= taken;
    if (waiting > maxBytes) return cutOff();
    enqueue(chunk);
    const size = chunk.byteLength + CHUNK_BYTES;
    sizes.push(size);
    waiting += size;
  };
}
