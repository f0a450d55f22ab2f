import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseForwarded, parseXForwarded } from "../../../src/gate/forwarded.js";
import { peerOf } from "../../../src/gate/peer.js";
import { parseAddressRanges } from "../../../src/net/client-address.js";

const trusted = parseAddressRanges(["10.0.0.0/8", "2001:db8::/32"]);
const seen = (headers: IncomingHttpHeaders, remoteAddress = "10.0.0.1", encrypted = false) =>
  peerOf({ remoteAddress, encrypted, headers }, trusted);

describe("the client behind a proxy", () => {
  it("is the peer itself where nothing says otherwise", () => {
    expect(seen({}, "203.0.113.9")).toEqual({
      address: "203.0.113.9",
      encrypted: false,
      unknownProxy: false,
    });
  });

  it("is the peer itself when the headers come from an address that is not trusted", () => {
    const headers = {
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "https",
      forwarded: "for=198.51.100.1;proto=https",
    };
    expect(seen(headers, "203.0.113.9")).toEqual({
      address: "203.0.113.9",
      encrypted: false,
      unknownProxy: true,
    });
    expect(peerOf({ remoteAddress: "10.0.0.1", headers }, undefined).encrypted).toBe(false);
  });

  it.each<[string, IncomingHttpHeaders]>([
    ["X-Forwarded-*", { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https" }],
    ["Forwarded", { forwarded: 'For="198.51.100.1:4711";Proto=HTTPS;by=203.0.113.43' }],
    [
      "both, in agreement",
      {
        forwarded: "for=198.51.100.1;proto=https",
        "x-forwarded-for": "198.51.100.1",
        "x-forwarded-proto": "https",
      },
    ],
  ])("is the one a trusted proxy names in %s", (_name, headers) => {
    expect(seen(headers)).toEqual({
      address: "198.51.100.1",
      encrypted: true,
      unknownProxy: false,
    });
  });

  it("is not the one that the client itself put first in the list", () => {
    const peer = seen({
      "x-forwarded-for": "192.0.2.66, 198.51.100.1",
      "x-forwarded-proto": "https, http",
    });
    expect(peer).toMatchObject({ address: "198.51.100.1", encrypted: false });
    const standard = seen({ forwarded: "for=192.0.2.66;proto=https, for=198.51.100.1;proto=http" });
    expect(standard).toMatchObject({ address: "198.51.100.1", encrypted: false });
  });

  it("is found through several trusted proxies", () => {
    const peer = seen({
      "x-forwarded-for": "192.0.2.66, 198.51.100.1, 10.0.0.7",
      "x-forwarded-proto": "https",
    });
    expect(peer).toMatchObject({ address: "198.51.100.1", encrypted: true });
  });

  it("is the proxy when Forwarded and X-Forwarded-For disagree, one being the client's own", () => {
    const headers = { forwarded: "for=192.0.2.66;proto=https", "x-forwarded-for": "198.51.100.1" };
    expect(seen(headers)).toEqual({ address: "10.0.0.1", encrypted: false, unknownProxy: true });
  });

  it.each<[string, string, string, string]>([
    ["the address", "for=192.0.2.66;proto=https", "198.51.100.1", "https"],
    ["the scheme", "for=198.51.100.1;proto=https", "198.51.100.1", "http"],
  ])("is the proxy when they disagree in %s alone", (_what, forwarded, address, scheme) => {
    const headers = { forwarded, "x-forwarded-for": address, "x-forwarded-proto": scheme };
    expect(seen(headers)).toEqual({ address: "10.0.0.1", encrypted: false, unknownProxy: true });
  });

  it("is the proxy when one of the two headers cannot be parsed, with any value of the other", () => {
    const headers = {
      forwarded: 'for="192.0.2.66',
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "https",
    };
    expect(seen(headers)).toEqual({ address: "10.0.0.1", encrypted: false, unknownProxy: true });
  });

  it.each(["ws", "httpsx", "http/1.1", ""])("is not encrypted by a scheme of %j", (scheme) => {
    const headers = { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": scheme };
    expect(seen(headers)).toMatchObject({ address: "198.51.100.1", encrypted: false });
  });

  it("is aligned with the schemes at the near end of the lists", () => {
    const headers = { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "http, https" };
    expect(seen(headers)).toMatchObject({ address: "198.51.100.1", encrypted: true });
  });

  it("is not made up inside a quoted value", () => {
    const forwarded = String.raw`x="\", for=192.0.2.66";for=198.51.100.1`;
    expect(seen({ forwarded }).address).toBe("198.51.100.1");
  });

  it.each(["unknown", "_hidden", '"_secret:_port"', "1.2.3"])(
    "is the proxy when it says for=%s",
    (name) => {
      expect(seen({ forwarded: `for=${name};proto=https` })).toMatchObject({
        address: "10.0.0.1",
        encrypted: true,
      });
    },
  );

  it.each([
    'for="198.51.100.1',
    "for=198.51.100.1;for=192.0.2.1",
    "for=198.51.100.1;pro to=https",
    "for",
    'for=a"b"',
    "=x",
  ])("is the proxy when Forwarded is malformed: %s", (forwarded) => {
    expect(seen({ forwarded })).toMatchObject({ address: "10.0.0.1", encrypted: false });
  });

  it("is read with its port and in brackets", () => {
    expect(seen({ forwarded: 'for="[2001:db9::1]:4711"' }).address).toBe("2001:db9::1");
    expect(seen({ "x-forwarded-for": "[2001:db9::1]:80" }).address).toBe("2001:db9::1");
    expect(seen({ "x-forwarded-for": "198.51.100.1:80" }).address).toBe("198.51.100.1");
  });

  it("counts as unencrypted if the proxy reports http, with any last hop", () => {
    expect(seen({ "x-forwarded-proto": "http" }, "10.0.0.1", true).encrypted).toBe(false);
    expect(seen({ "x-forwarded-for": "198.51.100.1" }, "10.0.0.1", true).encrypted).toBe(true);
  });

  it("is never worth a throw", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (forwarded, addresses, proto) => {
        seen({ forwarded, "x-forwarded-for": addresses, "x-forwarded-proto": proto });
        parseForwarded(forwarded);
        parseXForwarded(addresses, proto);
      }),
    );
  });

  it("is never named by the left of an untrusted hop", () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4()), (spoofed) => {
        const list = [...spoofed, "198.51.100.1"].join(", ");
        expect(seen({ "x-forwarded-for": list }).address).toBe("198.51.100.1");
      }),
    );
  });
});
