import { ConfigurationError } from "../../core/errors.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { KNOWN_SERVERS } from "../../providers/registry.js";
import type { ParsedOptions } from "../options.js";
import { hasIssuer, issuerOf, validationEntries } from "../settings.js";

/**
 * Refuses authorization servers whose tokens can never work here, so that the
 * error appears at start and not at every request.
 *
 * Skips `custom` validation, where your function decides, and servers that are
 * only advertised, where `issuers` decides per token.
 *
 * @throws ConfigurationError with the reason and a configuration that works
 */
export function checkSuitable(options: ParsedOptions): void {
  for (const { entry } of validationEntries(options)) {
    if (!hasIssuer(entry)) continue;
    const url = parseAbsoluteUrl(issuerOf(entry, options));
    if (url === undefined) continue;
    for (const server of KNOWN_SERVERS) {
      const problem = server.unsuitable?.(url, entry.equals);
      if (problem !== undefined) throw new ConfigurationError(problem.code, problem.message);
    }
  }
}
