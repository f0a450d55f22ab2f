import type { errors, Provider } from "oidc-provider";
import { ConfigurationError } from "../core/errors.js";

export interface OidcProviderLibrary {
  readonly Provider: typeof Provider;
  readonly errors: typeof errors;
}

/**
 * Loads the optional peer dependency.
 *
 * @throws ConfigurationError where it is not installed; any other failure as it is
 */
export async function loadOidcProvider(
  load: () => Promise<OidcProviderLibrary> = importQuietly,
): Promise<OidcProviderLibrary> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // A missing file inside the package is another problem than a missing package.
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
 * On Node.js 20 oidc-provider says on the console, once, that it prefers a
 * newer one. This package is tested on it, so the notice is kept back; every
 * other warning passes.
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
  // A package that is installed later is found by the next call.
  importing.catch(() => (importing = undefined));
  return importing;
}
