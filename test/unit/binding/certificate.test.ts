import { describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { AccessToken } from "../../../src/core/access-token.js";
import type { AuthRequest } from "../../../src/core/auth-request.js";
import {
  certificateThumbprint,
  parseCertificateHeader,
  readClientCertificate,
  validateCertificateBinding,
  type CertificateEncoding,
  type CertificateProxy,
} from "../../../src/binding/certificate.js";
import { ConfigurationError, InvalidTokenError } from "../../../src/core/errors.js";
import { requirement } from "../../support/requirement.js";
import { createCertificateSource } from "../../support/resolved.js";

const DER = Buffer.from(Array.from({ length: 700 }, (_, i) => (i * 7) % 256));
const OTHER = Buffer.from("another certificate");
const base64 = DER.toString("base64");
const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;

const bound = (der = DER): AccessToken => ({
  audience: [],
  scopes: [],
  claims: {},
  confirmation: { x5tS256: createHash("sha256").update(der).digest("base64url") },
});
const unbound: AccessToken = { audience: [], scopes: [], claims: {} };

function request(changes: Partial<AuthRequest> = {}, ...raw: string[]): AuthRequest {
  return {
    method: "POST",
    url: "/mcp",
    headers: {},
    rawHeaders: raw,
    remoteAddress: "10.0.0.5",
    transport: "http-stream",
    ...changes,
  };
}

const direct = createCertificateSource();
const behind = (options: Partial<CertificateProxy> = {}) =>
  createCertificateSource({ addresses: ["10.0.0.0/24"], ...options });

describe("a token bound to a client certificate (RFC 8705 §3)", () => {
  requirement("mtls-cnf", "passes with that certificate on the TLS connection", () => {
    const withCertificate = (der: Buffer) => request({ peerCertificate: () => der });
    expect(() => validateCertificateBinding(bound(), withCertificate(DER), direct)).not.toThrow();
    expect(() => validateCertificateBinding(bound(), withCertificate(OTHER), direct)).toThrow(
      InvalidTokenError,
    );
    const longer = Buffer.concat([DER, Buffer.alloc(1)]);
    expect(() => validateCertificateBinding(bound(), withCertificate(longer), direct)).toThrow(
      InvalidTokenError,
    );
  });

  requirement("mtls-cnf", "is refused where no certificate can be seen", () => {
    for (const without of [request(), request({ peerCertificate: () => undefined })]) {
      expect(() => validateCertificateBinding(bound(), without, direct)).toThrow(InvalidTokenError);
      expect(() => validateCertificateBinding(unbound, without, direct)).not.toThrow();
    }
  });

  requirement("mtls-cnf", "is refused if only a header that is not configured contains it", () => {
    const forged = request({}, "Client-Cert", `:${base64}:`);
    expect(() => validateCertificateBinding(bound(), forged, direct)).toThrow(InvalidTokenError);
    expect(() => validateCertificateBinding(bound(), forged, behind())).not.toThrow();
  });

  it("does not touch a token that is bound to something else, or to nothing", () => {
    const jkt = { ...unbound, confirmation: { jkt: "x" } };
    expect(() => validateCertificateBinding(jkt, request(), direct)).not.toThrow();
  });

  it("is refused when its thumbprint is written otherwise", () => {
    const hex = createHash("sha256").update(DER).digest("hex");
    const token = { ...unbound, confirmation: { x5tS256: hex } };
    const good = request({ peerCertificate: () => DER });
    expect(() => validateCertificateBinding(token, good, direct)).toThrow(InvalidTokenError);
    expect(certificateThumbprint(DER)).toBe(bound().confirmation?.x5tS256);
  });
});

describe("a certificate header", () => {
  const forwarded = ["Client-Cert", `:${base64}:`] as const;

  requirement("mtls-cnf", "counts from a configured proxy only", () => {
    const trusted = ["10.0.0.5", "10.0.0.255", "::ffff:10.0.0.5"];
    const strangers = ["10.0.1.5", "192.0.2.1", "::1", "::ffff:10.0.1.5", "", "nonsense"];
    for (const remoteAddress of trusted) {
      expect(readClientCertificate(request({ remoteAddress }, ...forwarded), behind())).toEqual(
        DER,
      );
    }
    for (const remoteAddress of strangers) {
      const source = behind();
      expect(readClientCertificate(request({ remoteAddress }, ...forwarded), source)).toBe(
        undefined,
      );
    }
    const { remoteAddress: _, ...unknown } = request({}, ...forwarded);
    expect(readClientCertificate(unknown, behind())).toBeUndefined();
  });

  it("counts from single addresses and IPv6 ranges as well", () => {
    const source = behind({ addresses: ["192.0.2.7", "2001:db8::/32", "::1"] });
    for (const remoteAddress of ["192.0.2.7", "2001:db8::5", "::1", "::ffff:192.0.2.7"]) {
      expect(readClientCertificate(request({ remoteAddress }, ...forwarded), source)).toEqual(DER);
    }
    for (const remoteAddress of ["192.0.2.8", "2001:db9::5", "::2"]) {
      expect(readClientCertificate(request({ remoteAddress }, ...forwarded), source)).toBe(
        undefined,
      );
    }
  });

  requirement(
    "mtls-cnf",
    "of a proxy decides alone: the proxy's own certificate never does",
    () => {
      const peerCertificate = () => OTHER;
      expect(readClientCertificate(request({ peerCertificate }), behind())).toBeUndefined();
      expect(readClientCertificate(request({ peerCertificate }, ...forwarded), behind())).toEqual(
        DER,
      );
      const stranger = { peerCertificate, remoteAddress: "192.0.2.1" };
      expect(readClientCertificate(request(stranger, ...forwarded), behind())).toBe(OTHER);
    },
  );

  requirement("mtls-cnf", "that is there twice is refused", () => {
    const twice = request({}, ...forwarded, "client-cert", `:${OTHER.toString("base64")}:`);
    expect(() => readClientCertificate(twice, behind())).toThrow(InvalidTokenError);
    const joined = request({ headers: { "client-cert": `:${base64}:, :${base64}:` } });
    expect(() => readClientCertificate(joined, behind())).toThrow(InvalidTokenError);
    const once = request({ headers: { "client-cert": `:${base64}:` } });
    expect(readClientCertificate(once, behind())).toEqual(DER);
  });

  it("may be empty for a client without a certificate", () => {
    expect(readClientCertificate(request({}, "Client-Cert", ""), behind())).toBeUndefined();
  });

  it("has the configured name and encoding, and no other", () => {
    const source = behind({ header: "X-SSL-Client-Cert", encoding: "pem-urlencoded" });
    const value = encodeURIComponent(pem);
    expect(readClientCertificate(request({}, "x-ssl-client-cert", value), source)).toEqual(DER);
    expect(readClientCertificate(request({}, ...forwarded), source)).toBeUndefined();
  });

  const good: [CertificateEncoding, string][] = [
    ["rfc9440", `:${base64}:`],
    ["rfc9440", `:${base64.replace(/=+$/, "")}:`],
    ["base64-der", base64],
    ["pem-urlencoded", encodeURIComponent(pem)],
    ["pem-urlencoded", encodeURIComponent(pem).replaceAll("%2B", "+").replaceAll("%2F", "/")],
    ["pem-urlencoded", encodeURIComponent(pem.replaceAll("\n", "\r\n"))],
  ];
  it.each(good)("is read as %s: %.20s…", (encoding, value) => {
    expect(parseCertificateHeader(value, encoding)).toEqual(DER);
  });

  const bad: [CertificateEncoding, string][] = [
    ["rfc9440", base64],
    ["rfc9440", `:${base64}`],
    ["rfc9440", "::"],
    ["rfc9440", `:${base64};x:`],
    ["rfc9440", `:${base64}:;x=1`],
    ["rfc9440", `:${DER.toString("base64url")}-_:`],
    ["base64-der", `:${base64}:`],
    ["base64-der", `${base64},${base64}`],
    ["base64-der", ""],
    ["base64-der", "AAAAA"],
    ["pem-urlencoded", base64],
    ["pem-urlencoded", "%zz"],
    ["pem-urlencoded", encodeURIComponent(pem + pem)],
    ["pem-urlencoded", encodeURIComponent(pem.replaceAll("CERTIFICATE", "PRIVATE KEY"))],
    ["pem-urlencoded", encodeURIComponent(`-----BEGIN CERTIFICATE----------END CERTIFICATE-----`)],
    ["base64-der", "A".repeat(16_388)],
  ];
  it.each(bad)("is refused as %s: %.20s…", (encoding, value) => {
    expect(() => parseCertificateHeader(value, encoding)).toThrow(InvalidTokenError);
  });

  it("of any content is read or refused, nothing else", () => {
    const text = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.base64String().map((s) => `:${s}:`),
      fc.string({ unit: "binary" }).map((s) => `%${s}`),
      fc.string().map((s) => `-----BEGIN CERTIFICATE-----${s}-----END CERTIFICATE-----`),
    );
    const encoding = fc.constantFrom<CertificateEncoding[]>(
      "rfc9440",
      "pem-urlencoded",
      "base64-der",
    );
    fc.assert(
      fc.property(text, encoding, (value, as) => {
        try {
          expect(parseCertificateHeader(value, as).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidTokenError);
        }
      }),
    );
  });
});

describe("createCertificateSource", () => {
  it.each([
    [{ addresses: [] }],
    [{ addresses: ["proxy.internal"] }],
    [{ addresses: ["10.0.0.0/33"] }],
    [{ addresses: ["0.0.0.0/0"] }],
    [{ addresses: ["10.0.0.1", "::/0"] }],
    [{ addresses: ["::ffff:0:0/96"] }],
    [{ addresses: ["127.1"] }],
  ])("refuses %j", (options) => {
    expect(() => createCertificateSource(options)).toThrow(ConfigurationError);
  });

  it("accepts addresses, ranges, a header and an encoding", () => {
    expect(() =>
      createCertificateSource({
        addresses: ["10.0.0.1", "10.1.0.0/16", "::1", "2001:db8::/32", "private"],
        header: "X-Client-Cert",
        encoding: "base64-der",
      }),
    ).not.toThrow();
  });
});
