import { IncomingMessage } from "node:http";
import { readBody } from "./read-body.js";

/**
 * A copy of the request with a rewritten body, as a new stream: oidc-provider
 * warns on the console if the body has already been read.
 *
 * @returns `undefined` for a body of more than `limit` bytes
 */
export async function withRewrittenBody(
  req: IncomingMessage,
  limit: number,
  rewrite: (text: string) => string,
): Promise<IncomingMessage | undefined> {
  const text = await readBody(req, limit);
  if (text === undefined) return undefined;
  const body = Buffer.from(rewrite(text));
  const copy = new IncomingMessage(req.socket) as IncomingMessage & { originalUrl?: string };
  const { originalUrl } = req as IncomingMessage & { originalUrl?: string };
  copy.method = req.method ?? "POST";
  copy.url = req.url ?? "";
  if (originalUrl !== undefined) copy.originalUrl = originalUrl;
  copy.httpVersion = req.httpVersion;
  copy.headers = { ...req.headers, "content-length": String(body.length) };
  delete copy.headers["transfer-encoding"];
  copy.push(body);
  copy.push(null);
  copy.complete = true;
  return copy;
}
