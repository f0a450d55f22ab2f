import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link descope}. */
interface DescopePresetOptions {
  /** Id of the project: `P2abc…`. */
  readonly projectId: string;
  /** Id of the MCP server: `MS2abc…`. */
  readonly mcpServerId: string;
  /** API of another region, or a custom domain. @default "https://api.descope.com" */
  readonly baseUrl?: string;
  /** @default the resource, which must be the MCP server's URL in the console */
  readonly audience?: string | readonly string[];
}

/**
 * Descope, an MCP server of its Agentic Identity Hub.
 *
 * @example
 * ```ts
 * import { descope, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...descope({ projectId: "P2abcDEF", mcpServerId: "MS2abcDEF" }),
 * });
 * ```
 */
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
      ...given("audience", options.audience),
      algorithms: ["RS256"],
      allowJwtTyp: true,
      claims: { clientId: ["client_id", "azp"] },
    },
  };
}

/** Facts about Descope. */
export const descopeProvider = defineProvider({
  id: "descope",
  label: "Descope",
  issuerExample: "https://api.descope.com/v1/apps/agentic/your-project-id/your-mcp-server-id",
  issuerPattern: /^https:\/\/api\.(?:[a-z0-9]+\.)?descope\.com\//,
  validates: "jwt",
  typesTokensJwt: true,
  summary: { tokens: "JWT", audience: "resource", scopes: "`scope`", registration: "yes" },
  variables: [
    {
      name: "DESCOPE_PROJECT_ID",
      kind: "text",
      option: "descope.projectId",
      required: true,
      text: "Id of the project.",
      example: "P2abcDEF",
    },
    {
      name: "DESCOPE_MCP_SERVER_ID",
      kind: "text",
      option: "descope.mcpServerId",
      required: true,
      text: "Id of the MCP server.",
      example: "MS2abcDEF",
    },
    {
      name: "DESCOPE_BASE_URL",
      kind: "text",
      option: "descope.baseUrl",
      required: false,
      text: "API of another region, or a custom domain.",
      example: "https://api.euc1.descope.com",
    },
  ],
  fromEnv: (env) =>
    descope({
      projectId: env.requiredText("DESCOPE_PROJECT_ID"),
      mcpServerId: env.requiredText("DESCOPE_MCP_SERVER_ID"),
      ...given("baseUrl", env.text("DESCOPE_BASE_URL")),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Agentic Identity Hub → MCP Servers:** create one. Copy the two ids from its discovery URL, `https://api.descope.com/v1/apps/agentic/{project}/{server}`.",
    "Set **MCP Server URL** to your resource URL: it becomes the audience. Without it the audience is the project, so all servers of the project would share tokens; such tokens are refused.",
    "Define scopes in the server's settings.",
  ],
  sources: [
    {
      facts:
        "MCP servers are resources of the project; client registration by DCR and CIMD is set per server.",
      url: "https://docs.descope.com/agentic-identity-hub/core-components/mcp-servers",
      read: "2026-11",
    },
  ],
  unverified: [
    "The form of the issuer, and that the MCP Server URL becomes the audience (read in the documentation, page not recorded).",
    "Paths in the console.",
  ],
});
