import { PayloadTooLargeError, type OAuthError } from "../../core/errors.js";
import type { CorsPolicy } from "../../gate/cors.js";
import { GuardedRequest } from "../../gate/guarded-request.js";
import { guard } from "../../gate/pipeline.js";
import type { Protection } from "../../gate/protection.js";
import { toResponse, type Answer } from "../../http/answer.js";
import { authRequestOfWeb } from "../../http/auth-request-from.js";
import { ANONYMOUS_BODY_BYTES, BodyText, DEFAULT_BODY_BYTES } from "../../http/body.js";
import { runInExchange } from "../exchange.js";
import { corsOf } from "./author-cors.js";
import type { FrameworkServer, JsonRpcMessage } from "../internals.js";
import { outsideScopes } from "../message-scope.js";
import { scopeServer } from "../server-scope.js";

/**
 * The guard of `handleRequest` and `createLambdaHandler`: Web requests on their way through
 * the pipeline. There are no sessions: each request is independent.
 */
export async function handleServerless(
  protection: Protection,
  server: FrameworkServer,
  request: Request,
  options: { sourceIp?: string } | undefined,
  framework: (request: Request) => Promise<Response>,
): Promise<Response> {
  const guarded = new GuardedWebRequest(
    protection,
    corsOf(protection, server.transportConfigs),
    request,
    options?.sourceIp,
  );
  // Outside the request, because work that tools start here continues for all requests.
  await outsideScopes(() => server.ensureInitialized());
  scopeServer(server, protection);
  return guard<Response>(guarded, {
    answered: (answer) => guarded.respond(answer),
    passed: () => guarded.run(framework),
  });
}

class GuardedWebRequest extends GuardedRequest {
  #text: string | undefined;
  #answerHeaders: Readonly<Record<string, string>> = {};

  constructor(
    protection: Protection,
    cors: CorsPolicy,
    private readonly web: Request,
    sourceIp: string | undefined,
  ) {
    super(protection, { kind: "serverless", cors }, authRequestOfWeb(web, sourceIp));
  }

  override async readBody(): Promise<string> {
    const limit = this.protection.maxBodyBytes ?? DEFAULT_BODY_BYTES;
    const isAnonymous = this.authentication === undefined;
    const maxBytes = isAnonymous ? Math.min(limit, ANONYMOUS_BODY_BYTES) : limit;
    const text = new BodyText();
    for await (const chunk of (this.web.body ?? []) as AsyncIterable<Uint8Array>) {
      if (text.size + chunk.length > maxBytes) throw new PayloadTooLargeError("body_too_large");
      text.add(chunk);
    }
    return (this.#text = text.toString());
  }

  override setHeaders(headers: Readonly<Record<string, string>>): void {
    this.#answerHeaders = { ...this.#answerHeaders, ...headers };
  }

  respond(answer: Answer): Response {
    const headers = { ...answer.headers, ...this.#answerHeaders };
    return toResponse({ ...answer, headers }, this.web.method);
  }

  /** Runs the framework inside the exchange of this request. */
  async run(framework: (request: Request) => Promise<Response>): Promise<Response> {
    const { body } = this;
    let refusal: OAuthError | undefined;
    const refuse = (error: OAuthError): JsonRpcMessage | undefined => {
      const result = this.decision.refusedInResult(error);
      if (result === undefined) refusal = error;
      return result as JsonRpcMessage | undefined;
    };
    const response = await runInExchange(
      { ...this.sender, body, sessions: undefined, refuse, streaming: false },
      () => framework(this.#withoutCredential()),
    );
    if (refusal !== undefined) return this.respond(this.decision.refused(refusal));
    const headers = new Headers(response.headers);
    // The pipeline has decided which pages may read the answer.
    for (const name of [...headers.keys()]) {
      if (name.startsWith("access-control-")) headers.delete(name);
    }
    for (const [name, value] of Object.entries(this.#answerHeaders)) headers.set(name, value);
    return new Response(response.body, { status: response.status, headers });
  }

  /** The request for the framework: the body that was read, and no token for tools to find. */
  #withoutCredential(): Request {
    const { url, method } = this.web;
    const headers = new Headers(this.web.headers);
    for (const header of this.protection.credentialHeaders) headers.delete(header);
    return new Request(url, { method, headers, body: this.#text ?? null });
  }
}
