import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How a server misbehaves, or does not. Never resolves or sends more than told. */
export type Behaviour =
  | { readonly kind: "json"; readonly body: unknown; readonly status?: number }
  | {
      readonly kind: "answer";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Sends headers, then one byte every `everyMs` for ever. */
  | { readonly kind: "drip"; readonly everyMs: number }
  /** Sends chunks of 64 KiB without end and without a length. */
  | { readonly kind: "endless" }
  /** Announces more bytes than it sends, then closes. */
  | { readonly kind: "truncate"; readonly body: string }
  | { readonly kind: "redirect"; readonly to: string; readonly status?: number }
  /** Closes the connection before an answer. */
  | { readonly kind: "reset" }
  /** Writes these bytes to the socket instead of an HTTP answer. */
  | { readonly kind: "raw"; readonly bytes: string };

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface HostileServer {
  /** `http://127.0.0.1:port`, without a trailing slash. */
  readonly origin: string;
  readonly port: number;
  /** Everything received so far, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** How the server answers from now on: the same for every path, or chosen per request. */
  behave(behaviour: Behaviour | ((request: ReceivedRequest) => Behaviour)): void;
  /** Closes it and every connection. */
  close(): Promise<void>;
}

/**
 * Starts a loopback server on a port that the system chooses. It answers 404
 * until told to behave otherwise.
 */
export async function startHostileServer(
  initial: Behaviour | ((request: ReceivedRequest) => Behaviour) = { kind: "answer", status: 404 },
): Promise<HostileServer> {
  let behaviour = initial;
  let accepted = 0;
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();

  const server = http.createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request: ReceivedRequest = {
        method: incoming.method ?? "",
        url: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(request);
      perform(typeof behaviour === "function" ? behaviour(request) : behaviour, outgoing);
    });
  });
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => accepted,
    behave: (next) => {
      behaviour = next;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function perform(behaviour: Behaviour, outgoing: http.ServerResponse): void {
  switch (behaviour.kind) {
    case "json":
      outgoing.writeHead(behaviour.status ?? 200, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(behaviour.body));
      return;
    case "answer":
      outgoing.writeHead(behaviour.status ?? 200, behaviour.headers);
      outgoing.end(behaviour.body);
      return;
    case "redirect":
      outgoing.writeHead(behaviour.status ?? 302, { location: behaviour.to });
      outgoing.end();
      return;
    case "hang":
      return;
    case "drip": {
      outgoing.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => outgoing.write(" "), behaviour.everyMs);
      timer.unref();
      outgoing.on("close", () => clearInterval(timer));
      return;
    }
    case "endless": {
      outgoing.writeHead(200, { "content-type": "application/json" });
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const more = () => {
        // Respecting back-pressure, and yielding, keeps the test process alive.
        if (!outgoing.destroyed) outgoing.write(chunk, () => setImmediate(more));
      };
      more();
      return;
    }
    case "truncate":
      outgoing.writeHead(200, {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(behaviour.body) + 10),
      });
      outgoing.write(behaviour.body, () => outgoing.socket?.destroy());
      return;
    case "reset":
      outgoing.socket?.destroy();
      return;
    case "raw":
      outgoing.socket?.end(behaviour.bytes);
      return;
  }
}
