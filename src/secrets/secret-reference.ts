import { ConfigurationError } from "../core/errors.js";

/** The location of a secret, from an environment variable. */
export type SecretReference =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "gcp-secret-manager"; readonly version: string };

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET_VERSION =
  /^projects\/[^/\s]+(?:\/locations\/[^/\s]+)?\/secrets\/[^/\s]+\/versions\/[^/\s]+$/;
/** Whether a setting that is no secret is a reference. */
export function isReference(text: string): boolean {
  return /^(?:env|file|gcp-secret-manager):/i.test(text);
}

/** References to unsupported stores; such a value is not a secret. */
const LIKELY_REFERENCE = /^(?:gcp|gsm|sm|aws|azure|vault|op|[a-z-]*(?:secret|vault)[a-z-]*):/i;

/**
 * Reads `env:NAME`, `file:/path` and `gcp-secret-manager:projects/…`; any other
 * text is the secret itself. Looks nothing up.
 *
 * @param variable the environment variable that holds `text`, for messages; they never quote `text`
 * @throws ConfigurationError for a reference that cannot be one
 */
export function parseSecretReference(text: string, variable: string): SecretReference {
  const refuse = (message: string): never => {
    throw new ConfigurationError("ERR_OAUTH_SECRET_REFERENCE", `${variable}: ${message}`);
  };
  const [, scheme = "", rest = ""] = /^([a-z-]+):([\s\S]*)$/i.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "env":
      if (VARIABLE.test(rest)) return { kind: "env", name: rest };
      return refuse("after env: the name of a variable is expected, for example env:MY_SECRET.");
    case "file":
      if (/^\/[^\0]*[^/\0]$/.test(rest) && !rest.startsWith("//"))
        return { kind: "file", path: rest };
      return refuse(
        "after file: an absolute path is expected, for example file:/run/secrets/oauth.",
      );
    case "gcp-secret-manager":
      if (SECRET_VERSION.test(rest)) return { kind: "gcp-secret-manager", version: rest };
      return refuse(
        "after gcp-secret-manager: the name of a version is expected, for example " +
          "gcp-secret-manager:projects/my-project/secrets/oauth/versions/latest.",
      );
    default:
      if (!LIKELY_REFERENCE.test(text)) return { kind: "literal", value: text };
      return refuse(
        `"${scheme}:" is no known kind of reference; use env:, file: or gcp-secret-manager:, ` +
          "or mount the secret as a file.",
      );
  }
}
