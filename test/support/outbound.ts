import http from "node:http";
import net, { type AddressInfo, type LookupFunction, type Socket } from "node:net";
import { expect } from "@jest/globals";
import { createOutboundFetch, type OutboundFetchOptions } from "../../src/net/guarded-fetch.js";
import {
  OutboundError,
  type OutboundFailure,
  type OutboundFetch,
} from "../../src/net/outbound-fetch.js";

/** Why a request through the guarded fetch failed; `undefined` when it did not. */
export async function failureOf(answer: Promise<unknown>): Promise<OutboundFailure | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OutboundError);
    return (error as OutboundError).failure;
  }
}

/** A resolver that gives the next of `answers` at each call, the last one for ever. */
export function resolving(...answers: string[][]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
  return { lookup, asked };
}

export interface TunnelProxy {
  /** A guarded fetch that finds the proxy in its environment. */
  readonly fetch: OutboundFetch;
  /** What it was asked to open, as `host:port`. */
  readonly tunnels: readonly string[];
  close(): void;
}

/** A proxy for HTTPS that does with each tunnel's socket what `answer` says. */
export async function startProxy(
  answer: (socket: Socket) => void,
  options: OutboundFetchOptions = {},
): Promise<TunnelProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = http.createServer();
  proxy.on("connect", (request, socket: Socket) => {
    tunnels.push(request.url ?? "");
    sockets.add(socket);
    socket.on("error", () => undefined);
    answer(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    fetch: createOutboundFetch({
      ...options,
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, ...options.env },
    }),
    tunnels,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
