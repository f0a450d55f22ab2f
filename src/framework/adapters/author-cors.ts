import type { CorsPolicy } from "../../gate/cors.js";
import type { Protection } from "../../gate/protection.js";
import type { FrameworkCors, FrameworkTransportConfig } from "../internals.js";

/**
 * The policy for pages of a transport: mcp-framework's own `cors` option counts, as the author
 * wrote it, before the framework puts its default `*` there.
 *
 * @param configs of several, the first that says something
 * @throws ConfigurationError when it contradicts `allowedOrigins`
 */
export function corsOf(
  protection: Protection,
  configs: readonly FrameworkTransportConfig[],
): CorsPolicy {
  const said = configs.map(({ options }) => originsOf(options?.cors));
  return protection.cors.forTransport(said.find((origins) => origins !== undefined));
}

function originsOf({ allowedOrigins, allowOrigin }: FrameworkCors = {}):
  readonly string[] | "*" | undefined {
  if (allowedOrigins !== undefined) return allowedOrigins;
  return allowOrigin === undefined || allowOrigin === "*" ? allowOrigin : [allowOrigin];
}
