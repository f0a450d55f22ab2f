import type { AuthRequest } from "../core/auth-request.js";
import { ForbiddenError, PayloadTooLargeError } from "../core/errors.js";
import { parseOperations } from "../policy/operation.js";
import { resultAnswer, toResponse } from "../http/answer.js";
import { BodyText, parseJsonBody } from "../http/body.js";
import { runInExchange } from "./exchange.js";
import type { FrameworkServer } from "./internals.js";
import { outsideScopes } from "./message-scope.js";
import type { Protection } from "../gate/protection.js";
import { scopeServer } from "./server-scope.js";

const DEFAULT_BODY_BYTES = 4 * 1024 * 1024;

/**
 * The guard of `handleRequest` and `createLambdaHandler`: the same steps as on
 * a socket, over Web requests. There are no sessions: each request stands
 * alone.
 */
export async function handleServerless(
  protection: Protection,
  server: FrameworkServer,
  request: Request,
  options: { sourceIp?: string } | undefined,
  framework: (request: Request) => Promise<Response>,
): Promise<Response> {
  const url = new URL(request.url);
  const decision = protection.begin(authRequestOf(request, url, options));

  // Not in the name of a tool that asks: what the tools start here goes on for everybody.
  await outsideScopes(() => server.ensureInitialized());
  scopeServer(server, protection);
  const { cors } = protection;
  const origin = request.headers.get("origin");
  let answerHeaders: Readonly<Record<string, string>> = {};
  try {
    const document = await protection.document(request.method, url.pathname, decision);
    if (document !== undefined) return toResponse(document, request.method);
    const health = await protection.health.answer(request.method, url.pathname);
    if (health !== undefined) return toResponse(health, request.method);
    decision.checkHost();
    if (origin !== null && !cors.allows(origin)) throw new ForbiddenError("origin_not_allowed");
    if (request.method === "OPTIONS") {
      const headers = origin === null ? {} : cors.preflightHeaders(origin);
      return new Response(null, { status: 204, headers });
    }
    const authentication = await decision.identify();
    const { token, principal } = authentication ?? {};
    answerHeaders = protection.answerHeaders(authentication) ?? {};
    const text =
      request.method === "POST"
        ? await readText(request, protection.maxBodyBytes ?? DEFAULT_BODY_BYTES)
        : undefined;
    const body = text === undefined ? undefined : parseJsonBody(text);
    const operations = body === undefined ? [] : parseOperations(body);
    try {
      await decision.authorize(operations);
    } catch (error) {
      const result = await decision.refusedInResult(error);
      if (result === undefined) throw error;
      return withHeaders(toResponse(resultAnswer(result), request.method), {
        ...answerHeaders,
        ...(origin !== null && cors.responseHeaders(origin)),
      });
    }
    await decision.confirm();
    decision.allowed();
    const response = await runInExchange(
      {
        token,
        principal,
        policy: protection.policy,
        body,
        sessions: undefined,
        streaming: false,
      },
      () => framework(withoutCredential(request, text, protection.credentialHeaders)),
    );
    return withHeaders(response, {
      ...answerHeaders,
      ...(origin !== null && cors.responseHeaders(origin)),
    });
  } catch (error) {
    const answer = await decision.refused(error);
    const allowed = origin !== null && cors.allows(origin);
    return withHeaders(toResponse(answer, request.method), {
      ...answerHeaders,
      ...(allowed && cors.responseHeaders(origin)),
    });
  }
}

function authRequestOf(
  request: Request,
  url: URL,
  options: { sourceIp?: string } | undefined,
): AuthRequest {
  return {
    method: request.method,
    url: url.pathname + url.search,
    // A Web request need not have the header; its URL has the host all the same.
    headers: { host: url.host, ...Object.fromEntries(request.headers) },
    rawHeaders: [],
    ...(options?.sourceIp !== undefined && { remoteAddress: options.sourceIp }),
    // The platform ends TLS; what it says in headers is not evidence.
    encrypted: url.protocol === "https:",
    transport: "serverless",
  };
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  if (request.body === null) return "";
  const text = new BodyText();
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    if (text.size + chunk.length > maxBytes) throw new PayloadTooLargeError("body_too_large");
    text.add(chunk);
  }
  return text.toString();
}

/** The request for the framework: the body that was read, and no token for tools to find. */
function withoutCredential(
  request: Request,
  body: string | undefined,
  credentialHeaders: readonly string[],
): Request {
  const headers = new Headers(request.headers);
  for (const header of credentialHeaders) headers.delete(header);
  return new Request(request.url, {
    method: request.method,
    headers,
    ...(body !== undefined && { body }),
  });
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  const merged = new Headers(response.headers);
  merged.delete("Access-Control-Allow-Origin");
  for (const [name, value] of Object.entries(headers)) merged.set(name, value);
  return new Response(response.body, { status: response.status, headers: merged });
}
