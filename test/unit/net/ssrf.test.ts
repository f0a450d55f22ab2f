import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createOutboundFetch } from "../../../src/net/guarded-fetch.js";
import { startHostileServer, type HostileServer } from "../../support/hostile-server.js";
import { failureOf, resolving, startProxy } from "../../support/outbound.js";

/*
 * All known ways to make this process call a host that it must
 * not call, tried on the real guarded fetch. A document of an authorization
 * server can name any URL, and the owner of a domain can publish any address.
 */

const NO_PROXY = { env: {} };

/** A service on this machine that is not public. */
let inside: HostileServer;
beforeAll(async () => {
  inside = await startHostileServer({ kind: "json", body: {} });
});
afterAll(() => inside.close());

describe("an address in a URL is refused, without any look-up", () => {
  it.each([
    ["private", "https://10.0.0.1/"],
    ["private", "https://172.16.0.1/"],
    ["private", "https://192.168.1.1/"],
    ["carrier-grade NAT", "https://100.64.0.1/"],
    ["link-local: metadata", "https://169.254.169.254/latest/meta-data/"],
    ["metadata of Azure", "https://168.63.129.16/"],
    ["metadata of Alibaba", "https://100.100.100.200/"],
    ["metadata over IPv6", "https://[fd00:ec2::254]/"],
    ["unspecified", "https://0.0.0.0/"],
    ["unspecified, short", "https://0/"],
    ["unspecified, IPv6", "https://[::]/"],
    ["broadcast", "https://255.255.255.255/"],
    ["multicast", "https://224.0.0.1/"],
    ["decimal", "https://167772161/"], // 10.0.0.1
    ["decimal, metadata", "https://2852039166/"],
    ["hex", "https://0x0a000001/"],
    ["hex, by parts", "https://0xa.0x0.0x0.0x1/"],
    ["octal", "https://012.0.0.1/"],
    ["octal, one number", "https://01200000001/"],
    ["mixed bases", "https://0xa9.254.0251.254/"],
    ["short", "https://10.1/"],
    ["trailing dot", "https://10.0.0.1./"],
    ["trailing dot, metadata", "https://169.254.169.254./"],
    ["full-width digits", "https://1０.0.0.1/"],
    ["circled digits", "https://①⓪.⓪.⓪.①/"],
    ["ideographic full stops", "https://10。0。0。1/"],
    ["percent-encoded", "https://%31%30.0.0.1/"],
    ["behind a name in the user part", "https://idp.example@10.0.0.1/", "insecure_url"],
    ["behind a backslash", "https://10.0.0.1\\@idp.example/"],
    ["tab and newline inside", "https://10.0\t.0\n.1/"],
    ["link-local, IPv6", "https://[fe80::1]/"],
    ["unique local, IPv6", "https://[fc00::1]/"],
    ["site-local, IPv6", "https://[fec0::1]/"],
    ["IPv4-mapped", "https://[::ffff:10.0.0.1]/"],
    ["IPv4-mapped, hex", "https://[::ffff:a9fe:a9fe]/"],
    ["IPv4-compatible", "https://[::10.0.0.1]/"],
    ["IPv4-compatible loopback", "https://[::7f00:1]/"],
    ["IPv4-translated", "https://[::ffff:0:10.0.0.1]/"],
    ["NAT64", "https://[64:ff9b::10.0.0.1]/"],
    ["NAT64, metadata", "https://[64:ff9b::a9fe:a9fe]/"],
    ["NAT64, loopback", "https://[64:ff9b::7f00:1]/"],
    ["NAT64 of local use", "https://[64:ff9b:1::10.0.0.1]/"],
    ["6to4", "https://[2002:a00:1::1]/"],
    ["6to4, metadata", "https://[2002:a9fe:a9fe::]/"],
    ["Teredo", "https://[2001:0:a00:1::1]/"],
    ["zone id", "https://[fe80::1%25eth0]/", "insecure_url"],
    ["zone id, not encoded", "https://[fe80::1%eth0]/", "insecure_url"],
    ["too large a number", "https://4294967296/", "insecure_url"],
    ["plain http", "http://10.0.0.1/", "insecure_url"],
    ["another protocol", "gopher://127.0.0.1:6379/_FLUSHALL", "insecure_url"],
    ["a file", "file:///proc/self/environ", "insecure_url"],
  ])("%s: %j", async (_name, url, failure = "address_refused") => {
    const { lookup, asked } = resolving(["127.0.0.1"]);
    const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
    expect(await failureOf(fetch(url))).toBe(failure);
    expect(asked).toEqual([]);
  });
});

describe("a name that resolves to an address that is refused leads nowhere", () => {
  const NAMES: [name: string, host: string, addresses: string[]][] = [
    ["private", "idp.example", ["10.0.0.1"]],
    ["metadata", "idp.example", ["169.254.169.254"]],
    ["loopback", "idp.example", ["127.0.0.1"]],
    ["loopback, elsewhere in its range", "idp.example", ["127.0.0.53"]],
    ["loopback, IPv6", "idp.example", ["::1"]],
    ["IPv4-mapped loopback", "idp.example", ["::ffff:127.0.0.1"]],
    ["NAT64", "idp.example", ["64:ff9b::7f00:1"]],
    ["6to4", "idp.example", ["2002:7f00:1::1"]],
    ["zone id", "idp.example", ["fe80::1%1"]],
    ["zone id on another range", "idp.example", ["fd00:ec2::254%1"]],
    ["unspecified", "idp.example", ["0.0.0.0"]],
    ["one bad among good ones", "idp.example", ["8.8.8.8", "127.0.0.1"]],
    ["one bad among good ones, first", "idp.example", ["127.0.0.1", "8.8.8.8"]],
    ["a name below localhost", "idp.localhost", ["127.0.0.1"]],
    ["localhost with a trailing dot", "localhost.", ["127.0.0.1"]],
    ["a name with a trailing dot", "idp.example.", ["127.0.0.1"]],
    ["a name that holds an address", "127.0.0.1.nip.example", ["127.0.0.1"]],
    ["localhost that is elsewhere", "localhost", ["10.0.0.1"]],
    ["localhost that is behind NAT64", "localhost", ["64:ff9b::7f00:1"]],
  ];

  it.each(NAMES)("%s: %s → %j", async (_name, host, addresses) => {
    const { lookup, asked } = resolving(addresses);
    const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
    expect(await failureOf(fetch(`https://${host}:${inside.port}/`))).toBe("address_refused");
    expect(asked).toEqual([host]);
    expect(inside.connections()).toBe(0);
  });

  it("nor does one that resolves to nothing, or to what is no address", async () => {
    for (const addresses of [[], ["127.1"], ["2130706433"], [""]]) {
      const fetch = createOutboundFetch({ ...NO_PROXY, ...resolving(addresses) });
      expect(await failureOf(fetch("https://idp.example/"))).not.toBeUndefined();
    }
  });

  it.each(["169.254.169.254", "fd00:ec2::254", "fd00:ec2::254%1", "100.100.100.200"])(
    "%s, even when private networks are allowed",
    async (address) => {
      for (const allowPrivateAddresses of [true, ["idp.example"], ["::/0", "0.0.0.0/0"]]) {
        const fetch = createOutboundFetch({
          ...NO_PROXY,
          ...resolving([address]),
          allowPrivateAddresses,
        });
        expect(await failureOf(fetch("https://idp.example/"))).toBe("address_refused");
      }
    },
  );
});

describe("what is allowed is reached", () => {
  it("loopback by name and by address", async () => {
    const server = await startHostileServer({ kind: "json", body: {} });
    const fetch = createOutboundFetch({ ...NO_PROXY, ...resolving(["127.0.0.1"]) });
    expect((await fetch(`http://localhost:${server.port}/`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
    await server.close();
  });

  it("a private range that is configured", async () => {
    const server = await startHostileServer({ kind: "raw", bytes: "no TLS" });
    const fetch = createOutboundFetch({
      ...NO_PROXY,
      ...resolving(["127.0.0.1"]),
      allowPrivateAddresses: ["127.0.0.0/8"],
    });
    expect(await failureOf(fetch(`https://idp.internal:${server.port}/`))).toBe("network");
    expect(server.connections()).toBe(1);
    await server.close();
  });
});

describe("rebinding gains nothing", () => {
  it("the address that was checked is the one that is connected to", async () => {
    const server = await startHostileServer({ kind: "json", body: {} });
    // Good at the first question, another machine at the second: there is no second.
    const { lookup, asked } = resolving(["127.0.0.1"], ["10.0.0.1"]);
    const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
    expect((await fetch(`http://localhost:${server.port}/`)).status).toBe(200);
    expect(asked).toEqual(["localhost"]);
    await server.close();
  });

  it("each new connection asks and checks anew", async () => {
    const server = await startHostileServer({ kind: "json", body: {} });
    const { lookup, asked } = resolving(["127.0.0.1"], ["10.0.0.1"]);
    const fetch = createOutboundFetch({ ...NO_PROXY, lookup });
    const url = `http://localhost:${server.port}/`;
    await fetch(url);
    // The kept connection is closed just as it is picked, and the name has moved.
    server.behave({ kind: "reset" });
    expect(await failureOf(fetch(url))).toBe("address_refused");
    expect(asked).toEqual(["localhost", "localhost"]);
    await server.close();
  });
});

describe("a redirect is not followed", () => {
  it.each([300, 301, 302, 303, 307, 308])("%d", async (status) => {
    const server = await startHostileServer({ kind: "redirect", to: inside.origin, status });
    const fetch = createOutboundFetch(NO_PROXY);
    expect(await failureOf(fetch(`${server.origin}/x`))).toBe("redirect");
    expect(server.requests).toHaveLength(1);
    expect(inside.connections()).toBe(0);
    await server.close();
  });
});

describe("with a proxy in the environment", () => {
  it.each([
    "https://10.0.0.1/",
    "https://2852039166/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fd00:ec2::254]/",
    "https://0/",
  ])("%s is refused all the same, and no tunnel is asked for", async (url) => {
    const proxy = await startProxy((socket) => socket.destroy());
    expect(await failureOf(proxy.fetch(url))).toBe("address_refused");
    expect(proxy.tunnels).toEqual([]);
    proxy.close();
  });

  it("loopback never goes through it: there it would be another machine", async () => {
    const server = await startHostileServer({ kind: "json", body: {} });
    const proxy = await startProxy((socket) => socket.destroy());
    expect((await proxy.fetch(server.origin)).status).toBe(200);
    expect(proxy.tunnels).toEqual([]);
    proxy.close();
    await server.close();
  });

  it("a name that NO_PROXY exempts is looked up here, and its address checked", async () => {
    const { lookup, asked } = resolving(["10.0.0.1"]);
    const proxy = await startProxy((socket) => socket.destroy(), {
      lookup,
      env: { NO_PROXY: ".example" },
    });
    expect(await failureOf(proxy.fetch("https://idp.example/"))).toBe("address_refused");
    expect([asked, proxy.tunnels]).toEqual([["idp.example"], []]);
    proxy.close();
  });

  it("any other name is the proxy's to look up: its rules hold there", async () => {
    const { lookup, asked } = resolving(["10.0.0.1"]);
    const proxy = await startProxy((socket) => socket.destroy(), { lookup });
    expect(await failureOf(proxy.fetch("https://idp.example/"))).toBe("network");
    expect([asked, proxy.tunnels]).toEqual([[], ["idp.example:443"]]);
    proxy.close();
  });

  it.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])(
    "%s is not read: a request header or a stray variable must not redirect calls",
    async (name) => {
      const proxy = await startHostileServer();
      const fetch = createOutboundFetch({
        ...resolving(["10.0.0.1"]),
        env: { [name]: proxy.origin },
      });
      expect(await failureOf(fetch("https://idp.example/"))).toBe("address_refused");
      expect(proxy.connections()).toBe(0);
      await proxy.close();
    },
  );
});
