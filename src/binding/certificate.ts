import { sha256 } from "../core/hashes.js";
import type { AccessToken } from "../core/access-token.js";
import type { AuthRequest } from "../core/auth-request.js";
import { headerValues } from "../credentials/credential.js";
import { ConfigurationError, InvalidTokenError } from "../core/errors.js";
import { canonicalAddress, parseAddressRanges } from "../net/client-address.js";
import { isSameText } from "../core/hashes.js";

/**
 * How a proxy writes the client certificate into a header:
 * - `rfc9440`: `:base64 of DER:` (RFC 9440 §2.1);
 * - `pem-urlencoded`: one PEM block, percent-encoded (nginx `$ssl_client_escaped_cert`,
 *   AWS ALB `X-Amzn-Mtls-Clientcert-Leaf`);
 * - `base64-der`: base64 of DER without anything around it (HAProxy `ssl_c_der,base64`, Traefik).
 */
export type CertificateEncoding = "rfc9440" | "pem-urlencoded" | "base64-der";

/** Proxies that end TLS and hand the client certificate on in a header. */
export interface CertificateProxy {
  /**
   * Addresses or CIDR ranges of the proxies that end TLS, or `loopback`, `private`,
   * `linkLocal`; none that holds everybody. From any other peer the
   * header is ignored: everybody can send one. The proxies must drop the header
   * from what clients send.
   */
  readonly addresses: readonly string[];
  readonly header: string;
  readonly encoding: CertificateEncoding;
}

/** Where client certificates come from, checked and ready for use. */
export interface CertificateSource {
  readonly proxy?: {
    readonly header: string;
    readonly encoding: CertificateEncoding;
    readonly isTrusted: (address: string | undefined) => boolean;
  };
}

/** A certificate with an RSA key of 8192 bits has about 4 KiB; percent-encoding adds a little. */
const MAX_HEADER_CHARACTERS = 16_384;

/**
 * Prepares {@link validateCertificateBinding}. Without `proxy` only the TLS
 * connection itself can show a certificate.
 *
 * @throws ConfigurationError
 */
export function createCertificateSource(proxy?: CertificateProxy): CertificateSource {
  if (proxy === undefined) return {};
  const { encoding } = proxy;
  const header = proxy.header.toLowerCase();
  return { proxy: { header, encoding, isTrusted: createProxyMatcher(proxy.addresses) } };
}

/**
 * Refuses a token that is bound to a client certificate (RFC 8705 §3) unless
 * the request comes with that certificate. A token without such a binding passes.
 *
 * Does not check the certificate's issuer, times or revocation: the token names
 * this very certificate, and the handshake (ours or the trusted proxy's) proved
 * that the sender has its key.
 *
 * @throws InvalidTokenError also when no certificate can be seen
 */
export function validateCertificateBinding(
  token: AccessToken,
  request: AuthRequest,
  source: CertificateSource,
): void {
  const expected = token.confirmation?.x5tS256;
  if (expected === undefined) return;
  const certificate = readClientCertificate(request, source);
  if (certificate === undefined) throw new InvalidTokenError("certificate_missing");
  if (!isSameText(certificateThumbprint(certificate), expected)) {
    throw new InvalidTokenError("certificate_mismatch");
  }
}

/** `x5t#S256` of a certificate: base64url of the SHA-256 of its DER (RFC 8705 §3.1). */
export function certificateThumbprint(der: Uint8Array): string {
  return sha256(der);
}

/**
 * DER of the certificate the client showed, or `undefined`. Behind a trusted
 * proxy only the header counts: the connection's own certificate would be the proxy's.
 *
 * @throws InvalidTokenError for a header that is repeated or cannot be read
 */
export function readClientCertificate(
  request: AuthRequest,
  { proxy }: CertificateSource,
): Buffer | undefined {
  if (proxy === undefined || !proxy.isTrusted(request.remoteAddress)) {
    return request.peerCertificate?.();
  }
  const values = headerValues(request, proxy.header);
  // A proxy that adds its header to one the client sent leaves it open which is whose.
  if (values.length > 1) throw new InvalidTokenError("certificate_header_repeated");
  const [value] = values;
  // nginx sends an empty value for a client without a certificate.
  if (value === undefined || value === "") return undefined;
  return parseCertificateHeader(value, proxy.encoding);
}

/**
 * Reads a header value into DER. Does not check that the bytes are a
 * certificate: their hash has to match one.
 *
 * @throws InvalidTokenError
 */
export function parseCertificateHeader(value: string, encoding: CertificateEncoding): Buffer {
  const base64 = value.length <= MAX_HEADER_CHARACTERS ? DECODERS[encoding](value) : undefined;
  if (base64 === undefined || !isBase64(base64)) {
    throw new InvalidTokenError("certificate_header_malformed");
  }
  return Buffer.from(base64, "base64");
}

/** From a header value to the base64 in it. */
const DECODERS: Readonly<Record<CertificateEncoding, (value: string) => string | undefined>> = {
  rfc9440: (value) => /^:([^:]*):$/.exec(value.trim())?.[1],
  "base64-der": (value) => value.trim(),
  "pem-urlencoded": (value) => {
    let pem: string;
    try {
      pem = decodeURIComponent(value).trim();
    } catch {
      return undefined;
    }
    // One block only: of a chain it would have to be guessed which one the client's is.
    const body = /^-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----$/.exec(pem)?.[1];
    return body?.replace(/[\r\n\t ]/g, "");
  },
};

/** Padding may be missing, as in RFC 8941 §4.2.7. A list of two values does not pass. */
function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.replace(/=+$/, "").length % 4 !== 1;
}

/** @throws ConfigurationError */
function createProxyMatcher(ranges: readonly string[]): (address: string | undefined) => boolean {
  if (ranges.length === 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_CERTIFICATE_PROXY",
      "A client certificate header needs the addresses of the proxies that may send it.",
    );
  }
  for (const range of ranges) {
    const matcher = parseAddressRanges([range]);
    // A range that holds everybody would believe everybody.
    if (matcher !== undefined && !matcher("0.0.0.0") && !matcher("::")) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_CERTIFICATE_PROXY",
      `"${range}" is no address or CIDR range of a proxy; write for example 10.0.0.5 or 10.1.0.0/16.`,
    );
  }
  const isProxy = parseAddressRanges(ranges);
  return (text) => {
    const address = text === undefined ? undefined : canonicalAddress(text);
    return address !== undefined && isProxy?.(address) === true;
  };
}
