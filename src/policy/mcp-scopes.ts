import type { ScopeImplications } from "./scope-graph.js";
import type { Rules } from "./scope-options.js";
import type { ScopeRequirement } from "./scope-requirement.js";

/** Names for the customary scopes, where an authorization server has others. */
export interface McpScopeNames {
  /** @default "mcp:tools" */
  readonly tools?: string;
  /** @default "mcp:resources" */
  readonly resources?: string;
  /** @default "mcp:prompts" */
  readonly prompts?: string;
  /** Implies the three others. @default "mcp:admin" */
  readonly admin?: string;
}

/**
 * The customary mapping, to spread into `scopes`: one scope each for tools
 * (and the tasks they run as), resources and prompts, listing included, and one
 * for administration, which implies the others and is needed to set the log
 * level, since the framework keeps one level for all sessions.
 *
 * Completing an argument needs the scope of its prompt or resource.
 *
 * @example
 * ```ts
 * import { mcpScopes, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 *   scopes: { ...mcpScopes(), tools: { "delete-*": ["mcp:admin"] } },
 * });
 * ```
 */
export function mcpScopes(names: McpScopeNames = {}): {
  operations: Rules<ScopeRequirement>;
  implies: ScopeImplications;
  descriptions: Rules<string>;
} {
  const {
    tools = "mcp:tools",
    resources = "mcp:resources",
    prompts = "mcp:prompts",
    admin = "mcp:admin",
  } = names;
  const narrower = [...new Set([tools, resources, prompts])].filter((scope) => scope !== admin);
  return {
    operations: {
      "tools/*": [tools],
      "resources/*": [resources],
      "prompts/*": [prompts],
      "tasks/*": [tools],
      "logging/setLevel": [admin],
    },
    implies: narrower.length === 0 ? {} : { [admin]: narrower },
    descriptions: {
      [tools]: "List and call tools",
      [resources]: "List and read resources",
      [prompts]: "List and get prompts",
      [admin]: "Everything, and administer the server",
    },
  };
}
