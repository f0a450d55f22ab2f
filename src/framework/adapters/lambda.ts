import {
  isV2Event,
  lambdaEventToRequest,
  type LambdaEvent,
  type LambdaHandlerConfig,
  type LambdaResult,
} from "mcp-framework";
import type { LambdaHandler } from "../internals.js";

/**
 * Hands on only events that are requests to this server.
 *
 * mcp-framework cuts `basePath` off as text and puts what is left behind a host
 * name: of `/prod@evil` and `/production` a part would become the host.
 */
export function guardLambda(
  createHandler: (config?: LambdaHandlerConfig) => LambdaHandler,
  config: LambdaHandlerConfig = {},
): LambdaHandler {
  const basePath = config.basePath?.replace(/\/+$/, "");
  const handler = createHandler({ ...config, ...(basePath !== undefined && { basePath }) });
  return (event, context) => {
    if (!isBelow(pathOf(event), basePath)) return Promise.resolve(refusal(404, "not_found"));
    if (!isRequest(event, basePath)) return Promise.resolve(refusal(400, "invalid_request"));
    return handler(event, context);
  };
}

function pathOf(event: LambdaEvent): unknown {
  if (!isV2Event(event)) return event.path;
  return event.rawPath ?? event.requestContext.http.path;
}

/** As mcp-framework reads it: a path that is not below `basePath` is taken whole. */
function isBelow(path: unknown, basePath = ""): boolean {
  if (typeof path !== "string") return false;
  const rest = path.startsWith(basePath) ? path.slice(basePath.length) : path;
  return rest === "" || rest.startsWith("/");
}

/** Whether a method and headers like these can be those of a request at all. */
function isRequest(event: LambdaEvent, basePath: string | undefined): boolean {
  try {
    lambdaEventToRequest({ ...event, body: null }, basePath);
    return true;
  } catch {
    return false;
  }
}

function refusal(statusCode: number, error: string): LambdaResult {
  return {
    statusCode,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify({ error }),
    isBase64Encoded: false,
  };
}
