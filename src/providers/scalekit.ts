import type { JwtValidationOptions } from "../options/validation.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, invalid, required, type Preset } from "./preset.js";

/** Options of {@link scalekit}. */
interface ScalekitPresetOptions {
  /** The environment's URL: `https://acme.scalekit.com`. */
  readonly environmentUrl: string;
  /** Id of the MCP server: `res_…`. It is in the audience of every token for this server. */
  readonly resourceId: string;
}

/**
 * Scalekit, an MCP server of its MCP Auth. The issuer of a token is the environment or the server.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, scalekit } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...scalekit({
 *     environmentUrl: "https://acme.scalekit.com",
 *     resourceId: "res_123456789",
 *   }),
 * });
 * ```
 */
export function scalekit({ environmentUrl, resourceId }: ScalekitPresetOptions): Preset {
  const environment = baseUrlOf(
    environmentUrl,
    "scalekit.environmentUrl",
    "https://acme.scalekit.com",
  );
  const id = required(resourceId, "scalekit.resourceId", "res_123456789");
  if (!/^res_[A-Za-z0-9]+$/.test(id)) {
    const found = `must be the id of an MCP server, found ${JSON.stringify(id)}`;
    throw invalid("scalekit.resourceId", found, "res_123456789");
  }
  const server = `${environment}/resources/${id}`;
  return {
    authorizationServers: [server],
    validation: [server, environment].map((issuer): JwtValidationOptions => ({
      type: "jwt",
      issuer,
      audience: id,
      jwksUri: `${environment}/keys`,
      algorithms: ["RS256"],
      allowJwtTyp: true,
    })),
  };
}

/** Facts about Scalekit. */
export const scalekitProvider = defineProvider({
  id: "scalekit",
  label: "Scalekit",
  issuerExample: "https://your-env.scalekit.com/resources/your-resource-id",
  issuerPattern: /^https:\/\/[^/]+\.scalekit\.(?:com|dev)(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  fixedAudience: true,
  summary: { tokens: "JWT", audience: "`res_…`", scopes: "`scope`", registration: "yes" },
  variables: [
    {
      name: "SCALEKIT_ENVIRONMENT_URL",
      kind: "text",
      option: "scalekit.environmentUrl",
      required: true,
      text: "The environment's URL.",
      example: "https://acme.scalekit.com",
    },
    {
      name: "SCALEKIT_RESOURCE_ID",
      kind: "text",
      option: "scalekit.resourceId",
      required: true,
      text: "Id of the MCP server.",
      example: "res_123456789",
    },
  ],
  fromEnv: (env) =>
    scalekit({
      environmentUrl: env.requiredText("SCALEKIT_ENVIRONMENT_URL"),
      resourceId: env.requiredText("SCALEKIT_RESOURCE_ID"),
    }),
  consoleSteps: [
    "**MCP Servers → Add MCP server.** Set the server URL to your resource URL, and copy the id, `res_…`.",
    "The audience of every token for this server contains the id, and the preset checks it.",
  ],
  sources: [
    {
      facts:
        "`aud` includes `res_…`, the issuer of the resource, registration by DCR and CIMD, and the server URL in the console.",
      url: "https://glama.ai/mcp/servers/scalekit-developers/scalekit-mcpuse-example",
      read: "2026-11",
    },
  ],
  unverified: ["The environment as the issuer.", "The key set at `/keys`."],
});
