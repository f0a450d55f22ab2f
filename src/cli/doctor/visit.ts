import { probe, ProbeError, type ProbeAnswer, type ProbeRequest } from "../../net/probe.js";
import type { Clock } from "../../core/clock.js";
import type { OutboundFetch } from "../../net/outbound-fetch.js";
import type { Findings } from "./finding.js";

/** Shared by all checks of one run. */
export interface Visit {
  /** The URL as the user typed it. */
  readonly typed: string;
  readonly url: URL;
  readonly findings: Findings;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** For URLs from documents: guarded. */
  readonly fetch: OutboundFetch;
  /** For the server that was typed: any address, any status. */
  readonly ask: (url: string | URL, request?: ProbeRequest) => Promise<ProbeAnswer>;
}

/** A page of the MCP Inspector, the most common browser client. */
export const BROWSER_ORIGIN = "http://localhost:6274";

const PROTOCOL_VERSION = "2025-06-18";

/** The body of a JSON-RPC request. */
function rpc(method: "initialize" | "tools/list"): string {
  const params =
    method === "initialize"
      ? {
          protocolVersion: PROTOCOL_VERSION,
          capabilities: {},
          clientInfo: { name: "mcp-oauth doctor", version: "1" },
        }
      : {};
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
}

/** A POST like that of an MCP client. */
export function post(
  method: "initialize" | "tools/list",
  headers: Readonly<Record<string, string>> = {},
): ProbeRequest {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": PROTOCOL_VERSION,
      ...headers,
    },
    body: rpc(method),
  };
}

/** The GET that opens a stream. */
export function openStream(headers: Readonly<Record<string, string>> = {}): ProbeRequest {
  return {
    headers: {
      accept: "text/event-stream",
      "mcp-protocol-version": PROTOCOL_VERSION,
      ...headers,
    },
  };
}

/** The probe, bound to the run's environment. */
export function createAsk(env: NodeJS.ProcessEnv): Visit["ask"] {
  return (url, request) => probe(String(url), request, { env });
}

/** An answer, or the reason why there is none. */
export async function tryAsk(
  work: Promise<ProbeAnswer>,
): Promise<ProbeAnswer | { readonly status: undefined; readonly problem: string }> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof ProbeError ? error.code : "FAILED";
    return { status: undefined, problem: PROBLEMS[code] ?? `no answer (${code})` };
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  TIMEOUT: "no answer within ten seconds",
  ECONNREFUSED: "nothing listens on the port (connection refused)",
  ECONNRESET: "the connection was closed",
  ENOTFOUND: "the name does not resolve",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  EPROTO: "the TLS handshake failed",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks plain http, not https",
};

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
