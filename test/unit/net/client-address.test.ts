import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  addressBlock,
  canonicalAddress,
  parseAddressRanges,
} from "../../../src/net/client-address.js";

describe("canonicalAddress", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["2001:0db8:0:0:0:0:0:1", "2001:db8::1"],
  ])("reads %s as %s", (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  it.each(["", "unknown", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "1.2.3.4:80", "::1::"])(
    "does not take %j for an address",
    (text) => {
      expect(canonicalAddress(text)).toBeUndefined();
    },
  );
});

describe("addressBlock", () => {
  it("is the whole of an IPv4 address", () => {
    expect(addressBlock("192.0.2.1")).toBe("192.0.2.1");
  });

  it("is the /64 of an IPv6 address", () => {
    expect(addressBlock("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(addressBlock("2001:db8:1:2::ffff")).toBe("2001:db8:1:2::/64");
    expect(addressBlock("2001:db8:1:3::ffff")).toBe("2001:db8:1:3::/64");
  });
});

describe("parseAddressRanges", () => {
  it("matches ranges and addresses of either kind, and nothing beside them", () => {
    const matches = parseAddressRanges(["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"])!;
    for (const inside of ["10.1.2.3", "192.0.2.7", "2001:db8::9", "::ffff:10.1.2.3"]) {
      expect([inside, matches(inside)]).toEqual([inside, true]);
    }
    for (const outside of ["10.2.0.1", "192.0.2.8", "2001:db9::9", "nonsense"]) {
      expect([outside, matches(outside)]).toEqual([outside, false]);
    }
  });

  it("reads an IPv4-mapped range as the IPv4 range it is", () => {
    const matches = parseAddressRanges(["::ffff:10.0.0.0/104"])!;
    expect([matches("10.9.9.9"), matches("11.0.0.1")]).toEqual([true, false]);
  });

  it("knows three names", () => {
    const matches = parseAddressRanges(["loopback", "private"])!;
    expect([matches("127.0.0.1"), matches("::1"), matches("10.9.8.7")]).toEqual([true, true, true]);
    expect([matches("169.254.0.1"), matches("8.8.8.8")]).toEqual([false, false]);
    expect(parseAddressRanges(["linkLocal"])!("169.254.0.1")).toBe(true);
  });

  it.each([
    "",
    "::ffff:10.0.0.0/95",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "proxy",
  ])("does not take %j", (entry) => {
    expect(parseAddressRanges(["127.0.0.1", entry])).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (entry, text) => {
        parseAddressRanges([entry])?.(text);
        canonicalAddress(text);
      }),
    );
  });
});
