import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../../src/core/errors.js";
import { createAddressPolicy } from "../../../src/net/address-policy.js";

const HOST = "idp.example.com";

const REFUSED = [
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "0.1.2.3",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "169.254.169.254",
  "192.0.0.192",
  "192.0.2.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "::ffff:10.0.0.1",
  "::ffff:7f00:1",
  "::ffff:169.254.169.254",
  "64:ff9b::a00:1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b:1::a00:1",
  "2001:db8::1",
  "2001::1",
  "2002:7f00:1::1",
];

const PUBLIC = ["8.8.8.8", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111"];

describe("createAddressPolicy", () => {
  it.each(REFUSED)("refuses %s for a public name", (address) => {
    expect(createAddressPolicy()(address, HOST)).toEqual(expect.any(String));
  });

  it.each(PUBLIC)("lets %s pass", (address) => {
    expect(createAddressPolicy()(address, HOST)).toBeUndefined();
  });

  it.each(["64:ff9b::808:808", "::ffff:8.8.8.8"])("judges %s by the IPv4 address in it", (a) => {
    expect(createAddressPolicy()(a, HOST)).toBeUndefined();
  });

  it.each(["", "127.1", "0x7f.1", "example.com", "1.2.3.4.5"])("refuses %j, no address", (text) => {
    expect(createAddressPolicy(true)(text, HOST)).toBe("not an address");
  });

  it("lets localhost resolve to loopback", () => {
    expect(createAddressPolicy()("127.0.0.1", "localhost")).toBeUndefined();
    expect(createAddressPolicy()("::1", "localhost")).toBeUndefined();
  });

  // The last one is the loopback of the NAT64 translator, not of this machine.
  it.each(["10.0.0.1", "8.8.8.8", "64:ff9b::7f00:1"])(
    "refuses localhost that resolves to %s",
    (address) => {
      expect(createAddressPolicy()(address, "localhost")).toBe("not loopback");
    },
  );

  it("makes no exception for a name below localhost", () => {
    expect(createAddressPolicy()("127.0.0.1", "auth.localhost")).toBe("loopback");
    expect(createAddressPolicy(["127.0.0.0/8"])("127.0.0.1", "auth.localhost")).toBeUndefined();
  });

  it("refuses loopback behind NAT64 where loopback is refused", () => {
    for (const allowed of [false, true, [HOST]]) {
      const policy = createAddressPolicy(allowed);
      expect(policy("64:ff9b::7f00:1", HOST)).toEqual(expect.any(String));
      expect(policy("64:ff9b::7f00:1", "[64:ff9b::7f00:1]")).toEqual(expect.any(String));
    }
  });

  it("lets private networks pass when all are allowed", () => {
    const policy = createAddressPolicy(true);
    for (const address of ["10.0.0.1", "192.168.1.1", "100.64.0.1", "fc00::1"]) {
      expect(policy(address, HOST)).toBeUndefined();
    }
  });

  it.each(["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])(
    "refuses %s even when private networks are allowed",
    (address) => {
      expect(createAddressPolicy(true)(address, HOST)).toEqual(expect.any(String));
      expect(createAddressPolicy(["0.0.0.0/0", "::/0"])(address, HOST)).toEqual(expect.any(String));
      expect(createAddressPolicy([HOST])(address, HOST)).toEqual(expect.any(String));
    },
  );

  it("refuses loopback for a public name even when private networks are allowed", () => {
    expect(createAddressPolicy(true)("127.0.0.1", HOST)).toBe("loopback");
    expect(createAddressPolicy([HOST])("127.0.0.1", HOST)).toBe("loopback");
  });

  it("allows the named range and nothing beside it", () => {
    const policy = createAddressPolicy(["10.1.0.0/16", "fd12::/16", "192.168.7.7"]);
    expect(policy("10.1.2.3", HOST)).toBeUndefined();
    expect(policy("fd12::5", HOST)).toBeUndefined();
    expect(policy("192.168.7.7", HOST)).toBeUndefined();
    expect(policy("10.2.0.1", HOST)).toBe("private");
    expect(policy("fd13::5", HOST)).toBe("uniqueLocal");
    expect(policy("192.168.7.8", HOST)).toBe("private");
  });

  it("allows private addresses for the named host and no other", () => {
    const policy = createAddressPolicy(["IdP.internal"]);
    expect(policy("10.0.0.1", "idp.internal")).toBeUndefined();
    expect(policy("10.0.0.1", "evil.example")).toBe("private");
  });

  it.each(["10.0.0.0/33", "10.0.0/8", "https://idp", "a b", "", "*.example"])(
    "does not start with the entry %j",
    (entry) => {
      expect(() => createAddressPolicy([entry])).toThrow(ConfigurationError);
    },
  );
});
