import { describe, expect, it } from "@jest/globals";
import { proxyFor } from "../../../src/net/proxy.js";

const proxied = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env);
const PROXY = "http://proxy.example:3128";

describe("proxyFor", () => {
  it("takes https URLs through HTTPS_PROXY, in either case", () => {
    expect(proxied("https://idp.example/", { HTTPS_PROXY: PROXY })).toBe(PROXY);
    expect(proxied("https://idp.example/", { https_proxy: PROXY })).toBe(PROXY);
  });

  it("connects directly without one", () => {
    expect(proxied("https://idp.example/", {})).toBeUndefined();
  });

  it("reads a proxy without a scheme as http", () => {
    expect(proxied("https://idp.example/", { HTTPS_PROXY: "proxy.example:3128" })).toBe(PROXY);
  });

  it.each(["https://localhost/", "https://127.0.0.1/", "https://[::1]/", "http://localhost/"])(
    "never sends %s to a proxy",
    (url) => {
      expect(proxied(url, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY })).toBeUndefined();
    },
  );

  it("does not read HTTP_PROXY, which a CGI client can set", () => {
    expect(proxied("https://idp.example/", { HTTP_PROXY: PROXY })).toBeUndefined();
  });

  it.each([
    "*",
    "idp.example",
    ".example",
    "*.example",
    "example",
    "other, idp.example",
    "other idp.example",
    "IDP.example:443",
  ])("leaves idp.example out for NO_PROXY=%s", (no) => {
    expect(proxied("https://idp.example/", { HTTPS_PROXY: PROXY, NO_PROXY: no })).toBeUndefined();
  });

  it.each(["p.example", "other", "idp.example:8443", "", ",", "idp.example.com"])(
    "keeps idp.example in for NO_PROXY=%j",
    (no) => {
      expect(proxied("https://idp.example/", { HTTPS_PROXY: PROXY, NO_PROXY: no })).toBe(PROXY);
    },
  );

  it.each(["10.0.0.0/8", "10.1.2.3"])("leaves an address out for NO_PROXY=%s", (no) => {
    expect(proxied("https://10.1.2.3/", { HTTPS_PROXY: PROXY, NO_PROXY: no })).toBeUndefined();
    expect(proxied("https://11.1.2.3/", { HTTPS_PROXY: PROXY, NO_PROXY: no })).toBe(PROXY);
  });
});
