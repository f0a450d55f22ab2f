import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { Admission, type AdmissionOptions } from "../../../src/gate/admission.js";
import { parseAddressRanges } from "../../../src/net/client-address.js";
import type { AuthRequest } from "../../../src/core/auth-request.js";

function admission(options: Partial<AdmissionOptions> = {}): Admission {
  return new Admission({
    resource: "https://mcp.example.com/mcp",
    trustedProxies: parseAddressRanges(["10.0.0.0/8"]),
    requireHttps: true,
    ...options,
  });
}

function request(
  remoteAddress: string,
  headers: IncomingHttpHeaders = {},
  encrypted = false,
): AuthRequest {
  return {
    method: "POST",
    url: "/mcp",
    headers,
    rawHeaders: [],
    remoteAddress,
    encrypted,
    transport: "http-stream",
  };
}

function encryption(policy: Admission, received: AuthRequest): string {
  try {
    policy.checkEncryption(policy.peerOf(received));
    return "accepted";
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

describe("a server that requires HTTPS", () => {
  it.each<[string, AuthRequest]>([
    ["over TLS", request("203.0.113.1", {}, true)],
    ["through a trusted proxy that says so", request("10.0.0.1", { "x-forwarded-proto": "https" })],
    ["from this machine", request("127.0.0.1")],
    ["from this machine, over IPv6", request("::1")],
    ["from this machine, on a dual-stack socket", request("::ffff:127.0.0.1")],
  ])("takes a request %s", (_name, received) => {
    expect(encryption(admission(), received)).toBe("accepted");
  });

  it.each<[string, AuthRequest, string]>([
    ["in the clear", request("203.0.113.1"), "https_required"],
    [
      "that merely claims to be encrypted",
      request("203.0.113.1", { "x-forwarded-proto": "https" }),
      "https_required_proxy_unknown",
    ],
    [
      "that a trusted proxy received in the clear",
      request("10.0.0.1", { "x-forwarded-proto": "http", "x-forwarded-for": "203.0.113.1" }),
      "https_required",
    ],
    [
      "forwarded by a process on this machine that is not configured",
      request("127.0.0.1", { "x-forwarded-for": "203.0.113.1" }),
      "https_required_proxy_unknown",
    ],
    ["from nowhere", { ...request("x") }, "https_required"],
  ])("refuses one %s", (_name, received, reason) => {
    expect(encryption(admission(), received)).toBe(reason);
  });

  it("does not mind when its resource is on loopback, or when it is switched off", () => {
    const local = admission({ resource: "http://localhost:8080/mcp" });
    expect(encryption(local, request("203.0.113.1"))).toBe("accepted");
    expect(encryption(admission({ requireHttps: false }), request("203.0.113.1"))).toBe("accepted");
  });
});

describe("a server on loopback", () => {
  const local = admission({ resource: "http://127.0.0.1:8080/mcp" });

  it.each(["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "app.localhost:80"])(
    "answers to Host: %s",
    (host) => {
      expect(() => local.checkHost(host)).not.toThrow();
    },
  );

  it.each([
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8080",
    "user@127.0.0.1",
    "evil.example@localhost",
    "localhost/../x",
    "localhost:8080:1",
    "192.168.0.9:8080",
    "",
    undefined,
  ])("does not answer to Host: %s", (host) => {
    expect(() => local.checkHost(host)).toThrow("host_not_loopback");
  });

  it("is the only kind that looks at Host", () => {
    expect(() => admission().checkHost("anything.example")).not.toThrow();
  });
});
