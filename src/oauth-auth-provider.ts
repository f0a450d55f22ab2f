import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import { logger, type AuthProvider, type AuthResult } from "mcp-framework";
import type { OAuthAuthProviderOptions } from "./options/options.js";
import type { Environment } from "./options/environment/environment-reader.js";
import { explainByVariables, optionsFromEnv } from "./options/environment/options-from-env.js";
import { createProtection } from "./wiring/create-protection.js";
import { parseOptions } from "./options/parse.js";
import { authRequestOf } from "./http/auth-request-from.js";
import { contextDataOf, currentExchange, isFrameworkAsking } from "./framework/exchange.js";
import { install } from "./framework/install.js";
import { GuardedRequest, type Host } from "./gate/guarded-request.js";
import { CREDENTIAL_STEPS, guard } from "./gate/pipeline.js";
import type { Protection } from "./gate/protection.js";
import type { OperationRequirement } from "./policy/requirements.js";
import { registerProtection } from "./framework/registry.js";
import type { Revocation } from "./revocation/revocation.js";
import type { HealthReport } from "./telemetry/health-report.js";

/**
 * Makes an mcp-framework server an OAuth 2.1 protected resource: give it to a
 * transport as `auth.provider`, and every request on HTTP Stream, SSE and
 * serverless needs an access token that one of `authorizationServers` issued
 * for `resource`.
 *
 * @example
 * ```ts
 * import { MCPServer } from "mcp-framework";
 * import { OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 * });
 * const server = new MCPServer({
 *   transport: { type: "http-stream", options: { port: 8080, auth: { provider } } },
 * });
 * await server.start();
 * ```
 *
 * @throws ConfigurationError when options are wrong, unsafe or contradictory
 * @see MCP 2025-11-25, Authorization; RFC 9728; RFC 6750
 */
export class OAuthAuthProvider implements AuthProvider {
  readonly #protection: Protection;
  readonly #resource: string;
  readonly #authorizationServers: readonly string[];

  constructor(options: OAuthAuthProviderOptions) {
    const settings = parseOptions(options);
    this.#resource = settings.resource;
    this.#authorizationServers = settings.authorizationServers;
    this.#protection = createProtection(settings);
    registerProtection(this, this.#protection);
    install();
  }

  /**
   * A provider from environment variables; see `docs/reference/environment.md`.
   * Members of `overrides` win over them.
   *
   * @throws ConfigurationError that names the variable and the cure
   */
  static fromEnv(
    env: Environment = process.env,
    overrides: Partial<OAuthAuthProviderOptions> = {},
  ): OAuthAuthProvider {
    try {
      return new OAuthAuthProvider(optionsFromEnv(env, overrides));
    } catch (error) {
      throw explainByVariables(error, env);
    }
  }

  /**
   * The framework's contract. Behind the guard of serverless the decision was
   * made already and is looked up; called bare (a test, another host) the token of `req` is
   * validated here, and needed scopes are checked. Sessions, streams and
   * operations are the guard's alone.
   *
   * Never throws: `false` is a refusal for any reason.
   */
  async authenticate(req: IncomingMessage): Promise<boolean | AuthResult> {
    const exchange = currentExchange();
    if (exchange !== undefined && isFrameworkAsking(exchange)) {
      return { data: contextDataOf(exchange.token) };
    }
    if (isCalledByFramework()) {
      logger.error(
        "mcp-framework-oauth: a transport asks for authentication without the guard in front; " +
          "the request is denied. There is probably a second copy of mcp-framework in " +
          "node_modules: `npm ls mcp-framework` shows it.",
      );
      return false;
    }
    const request = new GuardedRequest(this.#protection, BARE, authRequestOf(req, BARE.kind));
    const outcome = {
      answered: () => false,
      passed: () => ({ data: contextDataOf(request.sender.token) }),
    };
    return guard<boolean | AuthResult>(request, outcome, CREDENTIAL_STEPS);
  }

  /**
   * Locks out a token (`jti` or `tokenHash`), a user (`subject`), a client
   * (`clientId`) or a `session` before its tokens expire, until `until`.
   *
   * In this process it takes effect at once: the next request is refused, and one
   * whose body is still on its way; sessions and standing streams end. Other processes with the same `store`
   * follow within `revocation.cacheSeconds` (5 by default). Without a shared
   * store other processes never hear of it, and a restart forgets it.
   *
   * Does not tell the authorization server: revoke the grant there as well
   * (RFC 7009), or the client fetches itself a new token.
   *
   * @throws RangeError when nothing is named, or `until` is not in the future, in seconds
   * @throws UnavailableError when the store did not take it: it holds in this
   *   process, and others may not hear of it, so call again
   */
  async revoke(revocation: Revocation): Promise<void> {
    await this.#protection.revoke(revocation);
  }

  /** The framework asks for this without the request; the guard answers refusals itself. */
  getAuthError(): { status: number; message: string } {
    return { status: 401, message: "Unauthorized" };
  }

  /**
   * The state of this provider and its dependencies: issuers, keys, store.
   * More detailed than the public `GET /health/oauth`. Loads key sets that were not
   * needed yet.
   */
  health(): Promise<HealthReport> {
    return this.#protection.health.report();
  }

  /**
   * What each operation requires: public or not, scopes, strength of authentication. Once the server
   * has started, its tools, resources and prompts are listed by name.
   *
   * With `granted`, lists only what a token with these scopes may do.
   *
   * Does not include what your functions decide (`authorize`).
   *
   * @example
   * provider.requirements().find(({ name }) => name === "delete-file")?.scopes; // ["files:write"]
   * provider.requirements(["files:read"]).map(({ method, name }) => name ?? method);
   */
  requirements(granted?: readonly string[]): OperationRequirement[] {
    return this.#protection.requirements(granted);
  }

  /**
   * Loads the key sets of the authorization servers now, so that the first request does not wait for
   * them: for serverless, before the first request comes.
   *
   * Never rejects: a key set that cannot be loaded now is loaded when a token needs it; `health()`
   * tells which one. Nothing is loaded ahead for `introspection`, `issuers` and your own functions.
   *
   * @example
   * await provider.warmUp();
   */
  warmUp(): Promise<void> {
    return this.#protection.warmUp();
  }

  /**
   * For the end of a server, before or after `server.stop()`: new requests are
   * answered 503, sessions end, audit sinks write what they hold. A store that
   * was handed in stays open.
   */
  close(): Promise<void> {
    return this.#protection.close();
  }

  /** Issuers of the accepted authorization servers. */
  getAuthorizationServers(): string[] {
    return [...this.#authorizationServers];
  }

  /** The protected resource's identifier. */
  getResource(): string {
    return this.#resource;
  }

  /** What logs may show: mcp-framework serialises its whole configuration at debug level. */
  toJSON(): { resource: string; authorizationServers: readonly string[] } {
    return { resource: this.#resource, authorizationServers: this.#authorizationServers };
  }

  [inspect.custom](): string {
    return `OAuthAuthProvider ${JSON.stringify(this.toJSON())}`;
  }
}

/** A call without a transport: it names no operation, so nothing can be public. */
const BARE: Host = { kind: "bare", credentialRequired: true };

/** mcp-framework asks from `transports/utils/auth-handler.js` or `serverless/web-auth-handler.js`. */
function isCalledByFramework(): boolean {
  return /mcp-framework[^\n]*auth-handler\.[jt]s/.test(new Error().stack ?? "");
}
