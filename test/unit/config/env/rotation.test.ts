import { createHmac } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../../../src/index.js";
import { requestWith } from "../../../support/recorded-provider.js";

const folder = mkdtempSync(join(tmpdir(), "rotation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RESOURCE = "https://mcp.example.com/mcp";
const ISSUER = "https://auth.example.com";
const [OLD, NEW, NEVER] = ["old", "new", "bad"].map((name) => name.repeat(11));

describe("a mounted JWT secret that rotates while the server runs", () => {
  it("is accepted as soon as it is there, and its predecessor for the overlap", async () => {
    let now = 1_800_000_000;
    const mount = (secret = "") => {
      writeFileSync(join(folder, "next"), `${secret}\n`);
      renameSync(join(folder, "next"), join(folder, "secret"));
    };
    const sign = (secret = "") => {
      const header = { alg: "HS256", typ: "at+jwt" };
      const claims = { iss: ISSUER, aud: RESOURCE, sub: "ada", exp: now + 3600, jti: String(now) };
      const input = [header, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
    };
    mount(OLD);
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_AUTHORIZATION_SERVER: ISSUER,
        OAUTH_JWT_SECRET: `file:${folder}/secret`,
        OAUTH_SECRET_OVERLAP: "300",
      },
      { clock: () => now, audit: () => undefined },
    );
    const accepts = async (secret?: string) => {
      // Past the pause after which an unknown signature has the file looked at again.
      now += 10;
      return (await provider.authenticate(requestWith(sign(secret)))) !== false;
    };

    expect(await accepts(OLD)).toBe(true);
    expect(await accepts(NEVER)).toBe(false);
    mount(NEW);
    expect(await accepts(NEW)).toBe(true);
    expect(await accepts(OLD)).toBe(true);
    now += 300;
    expect(await accepts(NEW)).toBe(true);
    expect(await accepts(OLD)).toBe(false);
    expect(await accepts(NEVER)).toBe(false);
  });
});
