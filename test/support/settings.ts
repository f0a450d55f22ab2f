import type { OAuthAuthProviderOptions } from "../../src/options/options.js";
import { parseOptions } from "../../src/options/parse.js";
import type { Settings } from "../../src/options/settings.js";

/** Options as the code reads them, with every default filled in from the rows. */
export function settings(options: Partial<OAuthAuthProviderOptions> = {}): Settings {
  return parseOptions({
    resource: "https://mcp.example.com/mcp",
    authorizationServers: ["https://auth.example.com"],
    ...options,
  });
}
