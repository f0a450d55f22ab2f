import type { ErrorCode } from "../../core/error-codes/error-codes.js";
import { ConfigurationError } from "../../core/errors.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

/** RFC 8414 §2: https, no query, no fragment. @throws ConfigurationError */
export function checkIssuer(issuer: string, option: string): void {
  const url = parseUrl(issuer, option, "ERR_OAUTH_ISSUER");
  if (url.search !== "" || url.hash !== "" || issuer.includes("?") || issuer.includes("#")) {
    throw new ConfigurationError(
      "ERR_OAUTH_ISSUER",
      `${option} must not have a query or fragment (RFC 8414 §2).`,
    );
  }
  if (url.pathname.includes("/.well-known/")) {
    throw new ConfigurationError(
      "ERR_OAUTH_ISSUER",
      `${option} is the address of a metadata document; name the issuer, which is the value of ` +
        '"issuer" in that document.',
    );
  }
  requireHttps(url, option, "ERR_OAUTH_HTTP_ISSUER");
}

/** An http or https URL. @throws ConfigurationError */
export function parseUrl(value: string, option: string, code: ErrorCode): URL {
  const url = parseAbsoluteUrl(value);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new ConfigurationError(
    code,
    `${option} must be an absolute https URL; found ${JSON.stringify(value)}.`,
  );
}

/** Refuses http except on loopback; in production, see `checkLoopbackHttp`. @throws ConfigurationError */
export function requireHttps(url: URL, option: string, code: ErrorCode): void {
  if (url.protocol === "https:" || isLoopbackHost(url.hostname)) return;
  throw new ConfigurationError(
    code,
    `${option} must use https; http is accepted for localhost only.`,
  );
}
