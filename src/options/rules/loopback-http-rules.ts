import type { ErrorCode } from "../../core/error-codes/error-codes.js";
import { ConfigurationError } from "../../core/errors.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import type { LoopbackHttpPart } from "../limits.js";
import type { ParsedOptions } from "../options.js";
import { hasIssuer, validationEntries } from "../settings.js";

type Allowed = Pick<ParsedOptions, "dangerouslyAllowLoopbackHttp">;

const CODES: Readonly<Record<LoopbackHttpPart, ErrorCode>> = {
  issuer: "ERR_OAUTH_HTTP_ISSUER",
  jwks: "ERR_OAUTH_HTTP_JWKS",
  introspection: "ERR_OAUTH_HTTP_INTROSPECTION",
  resource: "ERR_OAUTH_HTTP_RESOURCE",
};

/**
 * Plain http on loopback is for development: in production, any process on the
 * machine could listen on that port first and serve keys or receive tokens.
 * `requireHttps` checks http on other hosts.
 *
 * @throws ConfigurationError
 */
export function checkLoopbackHttp(options: ParsedOptions): void {
  const refuse = (part: LoopbackHttpPart, url: string | undefined, option: string): void =>
    refuseLoopbackHttp(options, part, url, option);
  refuse("resource", options.resource, "resource");
  options.authorizationServers.forEach((issuer, index) =>
    refuse("issuer", issuer, `authorizationServers[${index}]`),
  );
  refuse("introspection", options.introspection?.endpoint, "introspection.endpoint");
  validationEntries(options).forEach(({ entry, name }) => {
    if (!hasIssuer(entry)) return;
    refuse("issuer", entry.issuer, `${name}.issuer`);
    if (entry.type !== "introspection") refuse("jwks", entry.jwksUri, `${name}.jwksUri`);
    if (entry.type === "jwt") return;
    refuse("introspection", entry.introspection?.endpoint, `${name}.introspection.endpoint`);
  });
}

/** The same for one URL. @throws ConfigurationError */
export function refuseLoopbackHttp(
  { dangerouslyAllowLoopbackHttp: allowed }: Allowed,
  part: LoopbackHttpPart,
  text: string | undefined,
  option: string,
): void {
  if (allowed === true || (allowed !== false && allowed.includes(part))) return;
  const url = text === undefined ? undefined : parseAbsoluteUrl(text);
  if (url?.protocol !== "http:" || !isLoopbackHost(url.hostname)) return;
  throw new ConfigurationError(
    CODES[part],
    `${option} uses http on loopback, which is allowed in development only (NODE_ENV is production). ` +
      `Use https; for a sidecar, set dangerouslyAllowLoopbackHttp: ["${part}"].`,
  );
}
