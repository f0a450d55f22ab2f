import { IncomingMessage, ServerResponse, type RequestListener } from "node:http";
import { Socket } from "node:net";
import type { EmbeddedRequest } from "../../core/embedded-authorization-server.js";

/** Sends requests to a listener in this process without a socket. */
export function requestsTo(handle: RequestListener) {
  return (address: string, init: EmbeddedRequest = {}): Promise<Response> => {
    const url = new URL(address);
    const body = Buffer.from(init.body ?? "");
    const req = new IncomingMessage(new Socket());
    req.method = init.method ?? "GET";
    req.url = url.pathname + url.search;
    for (const [name, value] of Object.entries(init.headers ?? {})) {
      req.headers[name.toLowerCase()] = value;
    }
    req.headers.host = url.host;
    if (body.length > 0) req.headers["content-length"] = String(body.length);
    req.push(body);
    req.push(null);
    return new Promise((resolve) => {
      const res = new AnswerInMemory(req);
      res.done = resolve;
      handle(req, res);
    });
  };
}

/** Buffers the response in memory. */
class AnswerInMemory extends ServerResponse {
  readonly #chunks: Buffer[] = [];
  done: (response: Response) => void = () => undefined;

  override write(chunk: unknown): boolean {
    this.#keep(chunk);
    return true;
  }

  override end(chunk?: unknown): this {
    this.#keep(chunk);
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.getHeaders())) {
      headers.set(name, String(value));
    }
    this.done(new Response(Buffer.concat(this.#chunks), { status: this.statusCode, headers }));
    return this;
  }

  #keep(chunk: unknown): void {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      this.#chunks.push(Buffer.from(chunk));
    }
  }
}
