import type { IncomingMessage, ServerResponse } from "node:http";
import { drainBody } from "./body.js";

/** A whole HTTP answer as plain data, for Node and for Web responses alike. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A JSON-RPC response by itself. */
export function resultAnswer(result: object): Answer {
  return {
    status: 200,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
    body: JSON.stringify(result),
  };
}

/** The same answer with its length, for one that is sent again and again. */
export function sized(answer: Answer): Answer {
  const length = String(Buffer.byteLength(answer.body));
  return { ...answer, headers: { ...answer.headers, "Content-Length": length } };
}

/** Sends an answer and lets a client that is still sending finish, within bounds. */
export function sendAnswer(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  if (!res.headersSent && !res.destroyed) {
    const isSized = answer.status === 204 || answer.headers["Content-Length"] !== undefined;
    res.writeHead(answer.status, (isSized ? answer : sized(answer)).headers);
    res.end(req.method === "HEAD" ? "" : answer.body);
  }
  drainBody(req);
}

/** The same answer as a Web response. */
export function toResponse(answer: Answer, method: string): Response {
  const empty = answer.status === 204 || method === "HEAD";
  return new Response(empty ? null : answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
}
