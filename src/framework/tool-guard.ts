import type { AccessToken } from "../core/access-token.js";
import { ConfigurationError, MalformedMessageError } from "../core/errors.js";
import type { Authorization, Authorize } from "../policy/scope-options.js";
import type { FrameworkServer, FrameworkTool } from "./internals.js";

/**
 * A tool's own `canUse`: decides whether a token may call the tool with these arguments, after scopes
 * and before the handler. Answers as `authorize` does: only `true`, or `{ scopes }` that the token
 * holds, allows.
 *
 * `args` are what the handler would get: read by the tool's `schema`. `undefined`: the tool is being
 * listed, not called; a function that throws hides it.
 *
 * @example
 * class Export extends MCPTool {
 *   canUse(token: AccessToken, args?: { tenant: string }) {
 *     return args === undefined || args.tenant === token.claims["tenant"];
 *   }
 * }
 */
export type CanUse<Arguments = Readonly<Record<string, unknown>>> = (
  token: AccessToken,
  args: Arguments | undefined,
) => Authorization | Promise<Authorization>;

/** `canUse` of a tool, as the policy asks it. */
export function guardOf(tool: FrameworkTool): Authorize {
  return async (token, { params, isListing }) => {
    const { canUse } = tool;
    if (typeof canUse !== "function") throw misplaced(`tool ${tool.name}`, "is not a function");
    const args = isListing === true ? undefined : await argumentsOf(tool, params);
    return (canUse as CanUse<unknown>).call(tool, token, args);
  };
}

/**
 * The arguments as the handler would get them. With the ones that were sent, a schema that rewrites
 * them would hand the handler something that `canUse` has not seen.
 */
async function argumentsOf(tool: FrameworkTool, params: unknown): Promise<unknown> {
  const sent = (params as { readonly arguments?: unknown } | undefined)?.arguments;
  if (typeof tool.validateInput !== "function") return sent ?? {};
  try {
    return await tool.validateInput(sent ?? {});
  } catch {
    // Refused here and not left to the tool, whose own `toolCall` need not look at the schema.
    throw new MalformedMessageError("arguments_malformed");
  }
}

/** @throws ConfigurationError */
export function refuseUnusedGuards(server: FrameworkServer): void {
  for (const tool of server.toolsMap.values()) {
    if (tool.canUse === undefined || typeof tool.canUse === "function") continue;
    throw misplaced(`tool ${tool.name}`, "is not a function");
  }
  const others: readonly (readonly [string, ReadonlyMap<string, object>])[] = [
    ["resource", server.resourcesMap],
    ["prompt", server.promptsMap],
  ];
  for (const [kind, entries] of others) {
    for (const [name, entry] of entries) {
      if ("canUse" in entry) throw misplaced(`${kind} ${name}`, "is never called");
    }
  }
}

function misplaced(what: string, finding: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_CAN_USE",
    `canUse of ${what} ${finding}: it must be a method of a tool. For resources and prompts use scopes.authorize.`,
  );
}
