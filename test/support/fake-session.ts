import type {
  JsonRpcMessage,
  SendOptions,
  SessionServer,
  SessionTransport,
} from "../../src/framework/internals.js";

/** A session's end towards its client, which notes what is sent. */
export interface FakeTransport extends SessionTransport {
  readonly sent: JsonRpcMessage[];
  readonly options: (SendOptions | undefined)[];
}

export function fakeTransport(): FakeTransport {
  const sent: JsonRpcMessage[] = [];
  const options: (SendOptions | undefined)[] = [];
  return {
    sent,
    options,
    send: (message, option) => Promise.resolve(void (sent.push(message), options.push(option))),
    close: () => Promise.resolve(),
  };
}

/** An SDK server that hands every message of its transport to `handle`. */
export function fakeSessionServer(handle: (message: JsonRpcMessage) => unknown): SessionServer {
  return {
    connect: (transport) => {
      transport.onmessage = (message) => void handle(message);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    notification: () => Promise.resolve(),
    sendLoggingMessage: () => Promise.resolve(),
  };
}
