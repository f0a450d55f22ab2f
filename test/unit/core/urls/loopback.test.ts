import { describe, expect, it } from "@jest/globals";
import { isLoopbackHost } from "../../../../src/core/urls/loopback.js";

describe("isLoopbackHost", () => {
  it.each([
    "localhost",
    "LOCALHOST",
    "auth.localhost",
    "127.0.0.1",
    "127.9.9.9",
    "127.255.255.255",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    new URL("http://[::ffff:127.0.0.1]/").hostname,
  ])("%s is", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    "localhost.evil.example",
    "xlocalhost",
    "localhost.",
    "127.999.1.1",
    "127.0.0.01",
    "127.0.0.1.evil.example",
    "128.0.0.1",
    "[::2]",
    "::ffff:128.0.0.1",
    "::ffff:807f:1",
    "[64:ff9b::7f00:1]",
    "64:ff9b::7f00:1",
    "[::1",
    "0.0.0.0",
    "",
  ])("%j is not", (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
