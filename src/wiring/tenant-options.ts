import { ConfigurationError } from "../core/errors.js";
import { jwtValidation } from "../options/validation-schema.js";
import type { JwtValidationOptions } from "../options/validation.js";
import { checkJwt } from "../options/rules/validation-rules.js";

/**
 * Options that an `issuers` function returned, checked as those in `validation`
 * are.
 *
 * @throws ConfigurationError
 */
export function parseTenantOptions(value: unknown): JwtValidationOptions {
  const parsed = jwtValidation.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the result";
    throw new ConfigurationError(
      "ERR_OAUTH_TENANT_OPTIONS",
      `issuers() returned options that are wrong: ${where}: ${issue?.code ?? "invalid"}.`,
    );
  }
  const options = parsed.data as JwtValidationOptions;
  checkJwt(options, "issuers()", "the resource");
  return options;
}
