import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { createAddressPolicy, type PrivateAddresses } from "./address-policy.js";
import { createRoundTrip } from "./round-trip.js";
import { OutboundError, type OutboundFetch } from "./outbound-fetch.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

export interface OutboundFetchOptions {
  /**
   * How long one exchange may take in milliseconds, from the look-up of the
   * name to the last byte of the body. Longer waits hold requests longer when
   * an authorization server hangs.
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Largest body that is read, in bytes.
   * @default 1048576
   */
  readonly maxBytes?: number;
  /**
   * Private addresses that may be contacted: `true` for all of private
   * networks, or CIDR ranges and host names. Each one allowed is one that a
   * document from an authorization server can make this process call.
   * @default false
   */
  readonly allowPrivateAddresses?: PrivateAddresses;
  /** Client certificate (RFC 8705 `tls_client_auth`) and private certificate authorities. */
  readonly tls?: Pick<SecureContextOptions, "ca" | "cert" | "key">;
  /**
   * Where `HTTPS_PROXY` and `NO_PROXY` are read. Names behind a proxy are
   * resolved by the proxy, so only literal addresses are checked here.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves names, like `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

/**
 * Builds the one way out of this package: https only (http for loopback),
 * public addresses only unless configured, no redirect followed, no
 * compression, bounded in time and size.
 *
 * The address is checked inside the look-up that the connection itself uses,
 * so that a name cannot resolve to one address for the check and to another
 * for the use (DNS rebinding).
 *
 * The returned function resolves for every status but a redirect; of `accept`
 * it checks the content type of 2xx answers only. It rejects with
 * {@link OutboundError}, whose message names the host and nothing else of the
 * request. Throws {@link ConfigurationError} for a bad `allowPrivateAddresses`.
 */
export function createOutboundFetch(options: OutboundFetchOptions = {}): OutboundFetch {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const refusalOf = createAddressPolicy(options.allowPrivateAddresses);
  const roundTrip = createRoundTrip({
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    tls: options.tls ?? {},
    env: options.env ?? process.env,
    lookup: createCheckedLookup(options.lookup ?? systemLookup, refusalOf),
  });

  return async (text, request = {}) => {
    const url = parseTarget(text, refusalOf);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    timer.unref();
    const abort = () => deadline.abort();
    request.signal?.addEventListener("abort", abort, { once: true });
    if (request.signal?.aborted) abort();
    try {
      let reused = false;
      const attempt = () => roundTrip(url, request, deadline.signal, () => (reused = true));
      return await attempt().catch((error: unknown) => {
        if (reused && !deadline.signal.aborted) return attempt();
        throw error;
      });
    } catch (error) {
      throw toOutboundError(error, url, deadline.signal.aborted);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
    }
  };
}

/** Checks all that can be checked before a name is resolved. */
function parseTarget(text: string, refusalOf: ReturnType<typeof createAddressPolicy>): URL {
  const url = parseAbsoluteUrl(text);
  if (url === undefined) throw new OutboundError("insecure_url", "not an absolute URL");
  const isAllowedHttp = url.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isAllowedHttp) {
    throw new OutboundError("insecure_url", `${url.host} must be reached by https`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new OutboundError("insecure_url", `the URL of ${url.host} carries credentials`);
  }
  // Node connects to a literal address without any look-up. Decimal, hex and
  // octal spellings are plain addresses by now: the URL parser rewrites them.
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  const refusal = isIP(literal) === 0 ? undefined : refusalOf(literal, url.hostname);
  if (refusal !== undefined) {
    throw new OutboundError("address_refused", `${url.host} is refused: ${refusal}`);
  }
  return url;
}

function createCheckedLookup(
  lookup: LookupFunction,
  refusalOf: ReturnType<typeof createAddressPolicy>,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error) return callback(error, address, family);
      const addresses = Array.isArray(address) ? address.map((entry) => entry.address) : [address];
      // One bad address among good ones is an attack or a mistake: refuse them all.
      for (const candidate of addresses) {
        const refusal = refusalOf(candidate, hostname);
        if (refusal === undefined) continue;
        const message = `${hostname} resolves to an address that is refused: ${refusal}`;
        return callback(new OutboundError("address_refused", message), address, family);
      }
      callback(null, address, family);
    });
  };
}

function toOutboundError(error: unknown, url: URL, aborted: boolean): OutboundError {
  if (error instanceof OutboundError) return error;
  if (aborted) return new OutboundError("timeout", `${url.host} did not answer in time`);
  // The code and no cause: a header that Node refuses to send is a credential.
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const detail = typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : "no usable answer";
  return new OutboundError("network", `${url.host}: ${detail}`);
}
