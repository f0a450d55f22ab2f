import type { AccessToken } from "../core/access-token.js";
import { ConfigurationError, MalformedMessageError } from "../core/errors.js";
import type { Authorization, Authorize } from "../policy/scope-options.js";
import type { FrameworkServer, FrameworkTool } from "./internals.js";

/**
 * A tool's own `canUse`: decides whether a token may call the tool with these arguments, after the
 * scope check and before the handler. Like `authorize`, only `true`, or `{ scopes }` that the token
 * has, allows the call.
 *
 * `args` are the arguments that the handler gets, parsed by the tool's `schema`. They are `undefined`
 * when the tool is listed, not called; a throw then hides the tool.
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

/** `canUse` of a tool, as the policy calls it. */
export function guardOf(tool: FrameworkTool): Authorize {
  return async (token, { params, isListing }) => {
    const { canUse } = tool;
    if (typeof canUse !== "function") throw misplaced(`tool ${tool.name}`, "is not a function");
    const args = isListing === true ? undefined : await argumentsOf(tool, params);
    return (canUse as CanUse<unknown>).call(tool, token, args);
  };
}

/**
 * The arguments as the handler gets them. If `canUse` got the raw arguments, a schema that transforms
 * them would pass other values to the handler than `canUse` has checked.
 */
async function argumentsOf(tool: FrameworkTool, params: unknown): Promise<unknown> {
  const sent = (params as { readonly arguments?: unknown } | undefined)?.arguments;
  if (typeof tool.validateInput !== "function") return sent ?? {};
  try {
    return await tool.validateInput(sent ?? {});
  } catch {
    // Refuse here: the tool's own `toolCall` may not validate the schema.
    throw new MalformedMessageError("arguments_malformed");
  }
}

/** @throws ConfigurationError */
export function refuseUnusedGuards(server: FrameworkServer): void {
  for (const tool of server.toolsMap.values()) {
    if (tool.canUse === undefined || typeof tool.canUse === "function") continue;
    throw misplaced(`tool ${tool.name}`, "is not a function");
  }
  for (const [app, { tools }] of server.appsMap ?? []) {
    for (const tool of tools) {
      if ("canUse" in tool) throw misplaced(`tool ${tool.name} of app ${app}`, "is never called");
    }
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
    `canUse of ${what} ${finding}: it must be a method of a tool class. For resources, prompts and apps use scopes.authorize.`,
  );
}
