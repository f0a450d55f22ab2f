import type { IncomingMessage, RequestListener } from "node:http";
import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { AddressLimit } from "../../limits/rate-limit.js";
import {
  canonicalAddress,
  parseAddressRanges,
  type AddressMatcher,
} from "../../net/client-address.js";
import { noteRequest } from "./request-notes.js";

/** Options about who sends requests to `listen()` and `callback`. */
export interface TrafficOptions {
  /**
   * Requests per client address and minute (1–1,000,000); more get 429. `false` sets no limit. It applies
   * to `listen()` and `callback`: with `embedded`, `rateLimit.metadata` of the MCP server does.
   * @default 600
   */
  readonly requestsPerMinute?: number | false;
  /**
   * Proxies in front of `listen()` and `callback` whose `X-Forwarded-For` is trusted: addresses, CIDR
   * ranges, `loopback`, `private` or `linkLocal`. Without it, all clients behind a proxy share its address.
   * @default none
   */
  readonly trustedProxies?: readonly string[];
}

const WINDOW_SECONDS = 60;

const traffic = z.object({
  requestsPerMinute: z
    .union([z.literal(false), z.number().int().min(1).max(1_000_000)])
    .default(600),
  trustedProxies: z.array(z.string()).readonly().default([]),
});

/** Traffic options with all defaults applied. */
export interface Traffic {
  readonly requestsPerMinute: number | false;
  readonly isTrusted: AddressMatcher;
}

/** @throws ConfigurationError that names the option */
export function parseTraffic(options: TrafficOptions): Traffic {
  const { data, error } = traffic.safeParse(options);
  const isTrusted = data && parseAddressRanges(data.trustedProxies);
  if (data === undefined || isTrusted === undefined) {
    const [issue] = error?.issues ?? [];
    throw new ConfigurationError(
      "ERR_OAUTH_TRAFFIC",
      issue === undefined
        ? 'trustedProxies must list addresses, CIDR ranges ("10.0.0.0/8"), or "loopback", "private", "linkLocal".'
        : `${issue.path.join(".")} must be a whole number from 1 to 1,000,000, or false.`,
    );
  }
  return { requestsPerMinute: data.requestsPerMinute, isTrusted };
}

/** Limits the requests of each address, at every endpoint. */
export function limitedListener(
  inner: RequestListener,
  { requestsPerMinute, isTrusted }: Traffic,
  clock: Clock,
): RequestListener {
  const limit =
    requestsPerMinute === false
      ? undefined
      : new AddressLimit({
          name: "authorization-server",
          points: requestsPerMinute,
          windowSeconds: WINDOW_SECONDS,
          clock,
        });
  return (req, res) => {
    const address = clientAddress(req, isTrusted);
    noteRequest(req, { address });
    const seconds = limit?.consume(address);
    if (seconds === undefined) return inner(req, res);
    const retryAfter = String(Math.max(1, Math.ceil(seconds)));
    res.writeHead(429, {
      "content-type": "application/json",
      "cache-control": "no-store",
      "retry-after": retryAfter,
      // No endpoint needs cookies to say this, and browser clients must be able to read it.
      "access-control-allow-origin": "*",
      connection: "close",
    });
    const description = `Too many requests from this address. Try again in ${retryAfter} seconds.`;
    res.end(JSON.stringify({ error: "temporarily_unavailable", error_description: description }));
  };
}

/** The address next to the nearest proxy that is not trusted. */
function clientAddress(req: IncomingMessage, isTrusted: AddressMatcher): string | undefined {
  const forwarded = [req.headers["x-forwarded-for"] ?? []].flat().join().split(",");
  const hops = [...forwarded.filter((hop) => hop.trim() !== ""), req.socket.remoteAddress ?? ""];
  for (let index = hops.length - 1; index >= 0; index--) {
    const address = canonicalAddress(hops[index]?.trim() ?? "");
    // A proxy wrote something that is no address: the client is not known.
    if (address === undefined) return undefined;
    if (index === 0 || !isTrusted(address)) return address;
  }
  return undefined;
}
