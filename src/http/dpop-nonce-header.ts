import type { OutgoingHttpHeader, ServerResponse } from "node:http";

/** What carries a nonce to the client, and keeps it out of caches (RFC 9449 §8.2). */
export function nonceHeaders(nonce: string): Record<string, string> {
  return { "DPoP-Nonce": nonce, "Cache-Control": "no-store" };
}

/**
 * Adds headers to an answer that other code writes. The framework says
 * `Cache-Control: no-cache` on streams, which would let a cache keep a nonce
 * and hand it to other clients: ours stays.
 */
export function setAnswerHeaders(
  res: ServerResponse,
  headers: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (headers["Cache-Control"] === undefined) return;
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (...args: unknown[]) => writeHead(...args.map(withoutCacheControl));
}

function withoutCacheControl(argument: unknown): unknown {
  if (typeof argument !== "object" || argument === null || Array.isArray(argument)) return argument;
  return Object.fromEntries(
    Object.entries(argument as Record<string, OutgoingHttpHeader>).filter(
      ([name]) => name.toLowerCase() !== "cache-control",
    ),
  );
}
