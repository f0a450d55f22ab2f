import { ConfigurationError } from "../../core/errors.js";
import { parseAbsoluteUrl } from "../../core/parse-absolute-url.js";
import { KNOWN_SERVERS } from "../../providers/registry.js";
import type { OAuthAuthProviderOptions } from "../options.js";
import { validationEntries } from "../validation-entries.js";

/**
 * Refuses authorization servers whose tokens can never work here, so that the
 * mistake shows at startup and not at every request.
 *
 * Skips `custom` validation, where the author's function decides, and servers
 * that are only published, where `issuers` decides per token.
 *
 * @throws ConfigurationError that says why, and what works
 */
export function checkSuitable(options: OAuthAuthProviderOptions): void {
  const issuers = validationEntries(options).flatMap((entry) =>
    entry.type === "custom" || entry.type === "static"
      ? []
      : [entry.issuer ?? options.authorizationServers[0] ?? ""],
  );
  for (const issuer of new Set(issuers)) {
    const url = parseAbsoluteUrl(issuer);
    if (url === undefined) continue;
    for (const server of KNOWN_SERVERS) {
      const problem = server.unsuitable?.(url);
      if (problem !== undefined) throw new ConfigurationError(problem.code, problem.message);
    }
  }
}
