import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import { normalizeClientMetadata, parseJsonObject } from "../clients/client-metadata.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { handleOf } from "../grants/token-records.js";
import { inRequestScope, type RequestScope } from "../grants/request-scope.js";
import { reportOutage, sendOutage } from "./outages.js";
import { noteRequest, notesOf, type RequestNotes } from "./request-notes.js";
import { sendPage, type Pages } from "../people/pages/pages.js";
import { ROUTES } from "../provider-configuration.js";
import { withRewrittenBody } from "./rewritten-request.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

const WELL_KNOWN = [
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
] as const;

/** CORS: these endpoints use no cookies, so every origin may call them. */
const OPEN_TO_ANY_ORIGIN: ReadonlySet<string> = new Set([
  ...WELL_KNOWN,
  ROUTES.token,
  ROUTES.registration,
  ROUTES.revocation,
  ROUTES.introspection,
  ROUTES.jwks,
  ROUTES.userinfo,
  ROUTES.device_authorization,
]);

const BODY_BYTES = 16 * 1024;
interface Rewritten extends RequestNotes {
  readonly body: string;
}
/** Endpoints whose request bodies are rewritten before oidc-provider reads them. */
const REWRITTEN: ReadonlyMap<string, (text: string) => Rewritten> = new Map([
  [ROUTES.registration, normalizeRegistration],
  [ROUTES.introspection, replaceTokenByHandle],
  [ROUTES.revocation, replaceTokenByHandle],
]);
/** Some clients and gateways fetch the key set here instead of reading the metadata. */
const JWKS_ALIAS = "/.well-known/jwks.json";
const OWN_PATHS: ReadonlySet<string> = new Set([
  ...WELL_KNOWN,
  ...Object.values(ROUTES),
  JWKS_ALIAS,
]);
const OWN_PATTERN = /^\/(?:interaction|authorize|device)\/[\w-]{1,64}$/;
const INTERACTION = /^\/interaction\/([\w-]{1,64})$/;

export interface ListenerParts {
  readonly provider: Provider;
  readonly issuer: string;
  readonly interact: (req: IncomingMessage, res: ServerResponse, uid: string) => Promise<void>;
  /** Pages of this server besides those of interactions, by path. */
  readonly ownPages: ReadonlyMap<
    string,
    (req: IncomingMessage, res: ServerResponse) => Promise<void>
  >;
  readonly pages: Pages;
  readonly onError: (error: Error) => void;
}

/** The path of the issuer without a trailing slash; empty for a bare origin. */
export function issuerPath(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/+$/, "");
}

/**
 * The request path relative to the issuer, or `undefined` if it is outside the
 * issuer. Metadata is served at both locations: inserted (RFC 8414 §3.1) and
 * appended (OpenID Connect Discovery §4).
 */
function innerPath(path: string, prefix: string): string | undefined {
  const trimmed = path.replace(/\/+$/, "");
  for (const document of WELL_KNOWN) {
    if (trimmed === document + prefix || trimmed === prefix + document) return document;
  }
  if (prefix === "") return path;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

/**
 * Whether a path belongs to the authorization server when it shares a port with
 * the MCP server. This is a list, because every path is below an issuer at the root.
 */
export function ownsPath(path: string, prefix: string): boolean {
  const inner = innerPath(path, prefix);
  return inner !== undefined && (OWN_PATHS.has(inner) || OWN_PATTERN.test(inner));
}

/** The listener in front of oidc-provider. */
export function createListener(parts: ListenerParts): RequestListener {
  const { provider, interact, onError, pages } = parts;
  const issuer = new URL(parts.issuer);
  const prefix = issuerPath(parts.issuer);
  const handleByProvider = provider.callback();
  const loopbackOnly = isLoopbackHost(issuer.hostname);

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    // DNS rebinding: a foreign host name that resolves to this machine would make the
    // attacker's page same-origin with this server.
    if (loopbackOnly && !isLoopbackAuthority(req.headers.host)) return refuse(res, 421);

    const url = req.url ?? "";
    const path = url.split("?", 1)[0] ?? "";
    const own = path.startsWith("/") ? innerPath(path, prefix) : undefined;
    if (own === undefined) return refuse(res, 404);
    const inner = own === JWKS_ALIAS ? ROUTES.jwks : own;

    const target = req as IncomingMessage & { originalUrl?: string };
    // oidc-provider builds URLs from these headers: set them from the issuer, not the request.
    if (prefix !== "") target.originalUrl = prefix + inner + url.slice(path.length);
    target.url = inner + url.slice(path.length);
    target.headers["x-forwarded-host"] = issuer.host;
    target.headers["x-forwarded-proto"] = issuer.protocol.slice(0, -1);
    delete target.headers["x-forwarded-for"];

    if (OPEN_TO_ANY_ORIGIN.has(inner)) {
      res.setHeader("access-control-allow-origin", "*");
      res.setHeader("access-control-expose-headers", "WWW-Authenticate, DPoP-Nonce");
      if (req.method === "OPTIONS") return answerPreflight(req, res);
    }
    const interaction = INTERACTION.exec(inner)?.[1];
    const page =
      interaction === undefined
        ? parts.ownPages.get(inner)
        : () => interact(target, res, interaction);
    if (page !== undefined) {
      const scope: RequestScope = {};
      await inRequestScope(scope, () => page(target, res)).catch((error) => {
        if (scope.outage === undefined) throw error;
        reportOutage(scope.outage, onError);
        sendOutage(target, res, { pages, outage: scope.outage });
      });
      return;
    }
    const rewrite = req.method === "POST" ? REWRITTEN.get(inner) : undefined;
    if (rewrite !== undefined) {
      const rewritten = await withRewrittenBody(target, BODY_BYTES, (text) => {
        const { body, ...notes } = rewrite(text);
        noteRequest(target, notes);
        return body;
      });
      if (rewritten === undefined) return refuse(res, 413);
      noteRequest(rewritten, notesOf(target));
      return handleByProvider(rewritten, res);
    }
    return handleByProvider(target, res);
  };

  return (req, res) => {
    handle(req, res).catch((cause: unknown) => {
      onError(cause instanceof Error ? cause : new Error("request failed", { cause }));
      if (res.headersSent) res.destroy();
      else sendPage(res, 500, pages.error(req, "server_error"));
    });
  };
}

function isLoopbackAuthority(host: string | undefined): boolean {
  const url = parseAbsoluteUrl(`http://${host ?? ""}`);
  return url !== undefined && isLoopbackHost(url.hostname);
}

function refuse(res: ServerResponse, status: 404 | 413 | 421): void {
  res.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  res.end(status === 421 ? "Misdirected request" : status === 413 ? "Too large" : "Not found");
}

function answerPreflight(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader("access-control-allow-methods", "GET, POST");
  const asked = req.headers["access-control-request-headers"];
  if (asked !== undefined) res.setHeader("access-control-allow-headers", asked);
  res.setHeader("access-control-max-age", "3600");
  res.setHeader("vary", "Access-Control-Request-Headers");
  res.writeHead(204).end();
}

/** Normalizes the metadata of a registration. Other text is passed on, and oidc-provider refuses it. */
function normalizeRegistration(text: string): Rewritten {
  const metadata = parseJsonObject(text);
  if (metadata === undefined) return { body: text };
  const { scope } = metadata;
  return {
    body: JSON.stringify(normalizeClientMetadata(metadata)),
    ...(typeof scope === "string" && { registeredScope: scope }),
  };
}

/** oidc-provider finds a JWT access token only by the handle of its record. */
function replaceTokenByHandle(text: string): Rewritten {
  const form = new URLSearchParams(text);
  const tokens = form.getAll("token");
  // oidc-provider refuses duplicate parameters.
  if (tokens.length !== 1 || tokens[0] === "") return { body: text };
  form.set("token", handleOf(tokens[0] ?? ""));
  return { body: form.toString() };
}
