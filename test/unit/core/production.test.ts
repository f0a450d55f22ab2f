import { describe, expect, it } from "@jest/globals";
import { isProduction } from "../../../src/core/production.js";
import { networkShape } from "../../../src/options/limits.js";
import { setNodeEnv } from "../../support/node-env.js";

const PRODUCTION = ["production", "Production", " production "];

describe("NODE_ENV", () => {
  it.each(PRODUCTION)("says production: %j", (value) => {
    setNodeEnv(value);
    expect(isProduction()).toBe(true);
  });

  it.each(["", "development", "test", "productions", "pre-production"])(
    "does not say production: %j",
    (value) => {
      setNodeEnv(value);
      expect(isProduction()).toBe(false);
    },
  );

  it.each(PRODUCTION)("requires https by default and refuses http on loopback: %j", (value) => {
    const { requireHttps, dangerouslyAllowLoopbackHttp } = networkShape;
    setNodeEnv(value);
    expect(requireHttps.parse(undefined)).toBe(true);
    expect(dangerouslyAllowLoopbackHttp.parse(undefined)).toBe(false);
    setNodeEnv("development");
    expect(requireHttps.parse(undefined)).toBe(false);
    expect(dangerouslyAllowLoopbackHttp.parse(undefined)).toBe(true);
  });
});
