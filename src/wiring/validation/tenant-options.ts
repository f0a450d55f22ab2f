import { ConfigurationError } from "../../core/errors.js";
import { checkJwt } from "../../options/rules/validation-rules.js";
import { refuseLoopbackHttp } from "../../options/rules/loopback-http-rules.js";
import { resolveJwt, type JwtSettings, type Settings } from "../../options/settings.js";
import { tenantValidation, type TenantOptions } from "../../options/validation.js";

/**
 * Options that an `issuers` function returned, checked and completed like those
 * in `validation`.
 *
 * @param issuer the issuer that was looked up
 * @param provider the default audience, and whether http on this machine is accepted
 * @throws ConfigurationError
 */
export function parseTenantOptions(
  value: unknown,
  issuer: string,
  provider: Pick<Settings, "resource" | "dangerouslyAllowLoopbackHttp">,
): JwtSettings {
  const parsed = tenantValidation.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the result";
    throw new ConfigurationError(
      "ERR_OAUTH_TENANT_OPTIONS",
      `issuers() returned options that are wrong: ${where}: ${issue?.code ?? "invalid"}.`,
    );
  }
  const options = parsed.data;
  // The schema accepted it.
  checkJwt(options, "issuers()", "the resource", value as TenantOptions);
  refuseLoopbackHttp(provider, "issuer", options.issuer ?? issuer, "issuers(): the issuer");
  refuseLoopbackHttp(provider, "jwks", options.jwksUri, "issuers().jwksUri");
  return resolveJwt(options, {
    issuer: options.issuer ?? issuer,
    audience: [options.audience ?? provider.resource].flat(),
  });
}
