import type { AuthRequest } from "../core/auth-request.js";
import { canonicalAddress, type AddressMatcher } from "../net/client-address.js";
import { parseForwarded, parseXForwarded, type ForwardedHop } from "./forwarded.js";

/** Who is at the other end, as far as it can be believed. */
export interface Peer {
  /** Address of the client, or of the first hop that cannot be believed. */
  readonly address: string | undefined;
  /** The client's own connection is TLS. */
  readonly encrypted: boolean;
  /** Headers say that a proxy stands between, and it is not one that is trusted. */
  readonly unknownProxy: boolean;
}

/**
 * Finds the client behind configured proxies. Headers about forwarding are
 * believed only from an address in `trusted`, hop by hop from the near end:
 * what stands left of the first untrusted hop, the client wrote itself.
 *
 * A proxy usually writes one of `Forwarded` and `X-Forwarded-*` and passes the
 * other on as the client sent it. Where both are there and disagree, neither
 * is believed.
 *
 * @see RFC 7239 §8.1
 */
export function peerOf(
  {
    remoteAddress,
    encrypted = false,
    headers,
  }: Pick<AuthRequest, "remoteAddress" | "encrypted" | "headers">,
  trusted: AddressMatcher | undefined,
): Peer {
  const address = remoteAddress === undefined ? undefined : canonicalAddress(remoteAddress);
  const forwarded = textOf(headers["forwarded"]);
  const addresses = textOf(headers["x-forwarded-for"]);
  const protocols = textOf(headers["x-forwarded-proto"]);
  const isForwarded = forwarded !== "" || addresses !== "" || protocols !== "";
  if (!isForwarded) return { address, encrypted, unknownProxy: false };

  const itself = { address, encrypted, unknownProxy: true };
  if (address === undefined || trusted === undefined || !trusted(address)) return itself;
  const standard = forwarded === "" ? undefined : parseForwarded(forwarded);
  if (forwarded !== "" && standard === undefined) return itself;
  const common =
    addresses === "" && protocols === "" ? undefined : parseXForwarded(addresses, protocols);
  const views = [standard, common]
    .filter((hops) => hops !== undefined)
    .map((hops) => walk(address, encrypted, hops, trusted));
  const [first, second] = views;
  if (first === undefined) return itself;
  if (second === undefined) return { ...first, unknownProxy: false };
  return first.address === second.address && first.encrypted === second.encrypted
    ? { ...first, unknownProxy: false }
    : itself;
}

function walk(
  nearest: string,
  encrypted: boolean,
  hops: readonly ForwardedHop[],
  trusted: AddressMatcher,
): Pick<Peer, "address" | "encrypted"> {
  let client = { address: nearest, encrypted };
  for (let index = hops.length - 1; index >= 0 && trusted(client.address); index--) {
    const hop = hops[index];
    const isSecure = hop?.proto === undefined ? client.encrypted : hop.proto === "https";
    const address = hop?.for === undefined ? undefined : canonicalAddress(withoutPort(hop.for));
    // `unknown`, `_hidden` or nonsense: the trail ends at the proxy that wrote it.
    if (address === undefined) return { address: client.address, encrypted: isSecure };
    client = { address, encrypted: isSecure };
  }
  return client;
}

function withoutPort(text: string): string {
  if (text.startsWith("[")) return text.slice(0, text.indexOf("]") + 1);
  return /^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(":")) : text;
}

function textOf(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header.join(",") : (header ?? "")).trim();
}
