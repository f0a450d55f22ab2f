import { audienceOf, baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link descope}. */
export interface DescopePresetOptions {
  /** Id of the project: `P2abc…`. */
  readonly projectId: string;
  /** Id of the MCP server: `MS2abc…`. */
  readonly mcpServerId: string;
  /** API of another region, or a custom domain. @default "https://api.descope.com" */
  readonly baseUrl?: string;
  /** @default the resource, which must be the MCP server's URL in the console */
  readonly audience?: string | readonly string[];
}

/** Descope, an MCP server of its Agentic Identity Hub. */
export function descope(options: DescopePresetOptions): Preset {
  const base = baseUrlOf(
    options.baseUrl ?? "https://api.descope.com",
    "descope.baseUrl",
    "https://api.euc1.descope.com",
  );
  const projectId = required(options.projectId, "descope.projectId", "P2abcDEF");
  const serverId = required(options.mcpServerId, "descope.mcpServerId", "MS2abcDEF");
  const path = [projectId, serverId].map(encodeURIComponent).join("/");
  const issuer = `${base}/v1/apps/agentic/${path}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...audienceOf(options.audience),
      algorithms: ["RS256"],
      allowJwtTyp: true,
      claims: { clientId: ["client_id", "azp"] },
    },
  };
}
