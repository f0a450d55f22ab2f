/** What is kept of one member, as JSON. Together they stay below 4 KiB. */
const MAX_MEMBER = 512;
const INFO_MEMBERS = ["name", "title", "version"] as const;
const CAPABILITIES = ["roots", "sampling", "elicitation", "tasks"] as const;

/**
 * An `initialize` message without what a session need not remember: icons,
 * unknown members, and anything large. mcp-framework and the SDK keep the rest
 * as long as the session.
 */
export function smallInitialize(message: Readonly<Record<string, unknown>>): unknown {
  const { params, jsonrpc, id, method } = message;
  if (!isObject(params)) return message;
  const { protocolVersion, capabilities, clientInfo } = params;
  return {
    jsonrpc,
    id,
    method,
    params: {
      protocolVersion: cut(protocolVersion),
      capabilities: isObject(capabilities)
        ? smallMembers(capabilities, CAPABILITIES)
        : capabilities,
      clientInfo: isObject(clientInfo) ? smallMembers(clientInfo, INFO_MEMBERS, cut) : clientInfo,
    },
  };
}

function smallMembers(
  from: Readonly<Record<string, unknown>>,
  names: readonly string[],
  shorten = (value: unknown): unknown => value,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of names) {
    const value = shorten(from[name]);
    if (value !== undefined && JSON.stringify(value).length <= MAX_MEMBER) kept[name] = value;
  }
  return kept;
}

/** Required names stay, shortened. A copy: a slice of a string keeps the whole string in memory. */
function cut(value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value.slice(0, 64)).toString() : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
