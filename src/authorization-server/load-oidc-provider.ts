import type { errors, interactionPolicy, Provider } from "oidc-provider";
import { ConfigurationError } from "../core/errors.js";

export interface OidcProviderLibrary {
  readonly Provider: typeof Provider;
  readonly errors: typeof errors;
  readonly interactionPolicy: typeof interactionPolicy;
}

/**
 * Loads the optional peer dependency.
 *
 * @throws ConfigurationError if it is not installed; other errors unchanged
 */
export async function loadOidcProvider(
  load: () => Promise<OidcProviderLibrary> = importQuietly,
): Promise<OidcProviderLibrary> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // A file missing inside the package is not the same problem as a missing package.
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes("'oidc-provider'")) throw cause;
    throw new ConfigurationError(
      "ERR_OAUTH_OIDC_PROVIDER_MISSING",
      "The embedded authorization server needs oidc-provider 9: npm install oidc-provider",
      { cause },
    );
  }
}

let importing: Promise<OidcProviderLibrary> | undefined;

/**
 * On Node.js 20, oidc-provider logs once that it prefers a newer version. This
 * package is tested on Node.js 20, so that notice is suppressed. Other warnings
 * are logged.
 */
function importQuietly(): Promise<OidcProviderLibrary> {
  if (importing !== undefined) return importing;
  const { warn } = console;
  console.warn = (...args: unknown[]) => {
    if (!/oidc-provider WARNING: Unsupported runtime/.test(String(args[0]))) warn(...args);
  };
  importing = import("oidc-provider").finally(() => {
    console.warn = warn;
  });
  // Retry on the next call, in case the package is installed by then.
  importing.catch(() => (importing = undefined));
  return importing;
}
