import { createHmac } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../../../src/index.js";
import { requestWith } from "../../../support/bare-request.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";

const folder = temporaryFolder();

const RESOURCE = "https://mcp.example.com/mcp";
const ISSUER = "https://auth.example.com";
const [OLD, NEW, NEVER] = ["old", "new", "bad"].map((name) => name.repeat(11));

describe.each([
  ["OAUTH_JWT_SECRET", { OAUTH_AUTHORIZATION_SERVER: ISSUER }, ISSUER],
  [
    "SUPABASE_JWT_SECRET",
    { OAUTH_PROVIDER: "supabase", SUPABASE_URL: "https://x.supabase.co" },
    "https://x.supabase.co/auth/v1",
  ],
])("a mounted %s that rotates while the server runs", (variable, server, iss) => {
  let now = 1_800_000_000;
  const mount = (secret = "") => {
    writeFileSync(join(folder, "next"), `${secret}\n`);
    renameSync(join(folder, "next"), join(folder, "secret"));
  };
  const sign = (secret = "") => {
    const header = { alg: "HS256", typ: "at+jwt" };
    const claims = {
      ...{ iss, aud: [RESOURCE, "authenticated"], sub: "ada", client_id: "app" },
      ...{ exp: now + 3600, jti: String(now) },
    };
    const input = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const start = (env: Record<string, string>) => {
    const provider = OAuthAuthProvider.fromEnv(
      { OAUTH_RESOURCE: RESOURCE, [variable]: `file:${folder}/secret`, ...server, ...env },
      { clock: () => now, audit: () => undefined },
    );
    return async (token: string) => (await provider.authenticate(requestWith(token))) !== false;
  };

  it("is accepted as soon as it is there, and its predecessor for the overlap", async () => {
    mount(OLD);
    const judge = start({ OAUTH_SECRET_OVERLAP: "300" });
    const accepts = (secret?: string) => {
      // Past the pause after which an unknown signature has the file looked at again.
      now += 10;
      return judge(sign(secret));
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

  it("is fetched again after OAUTH_SECRET_TTL, also without a token signed by a new secret", async () => {
    mount(OLD);
    const judge = start({ OAUTH_SECRET_TTL: "60", OAUTH_SECRET_OVERLAP: "0" });
    const token = sign(OLD);
    expect(await judge(token)).toBe(true);
    mount(NEW);
    now += 40;
    expect(await judge(token)).toBe(true);
    now += 21;
    expect(await judge(sign(OLD))).toBe(false);
    now += 10;
    // Forgotten as well by the cache, which knew this very token.
    expect(await judge(token)).toBe(false);
    expect(await judge(sign(NEW))).toBe(true);
  });

  it("is looked at after five seconds, as every mounted secret", async () => {
    mount(OLD);
    const judge = start({ OAUTH_SECRET_OVERLAP: "0" });
    expect(await judge(sign(OLD))).toBe(true);
    mount(NEW);
    now += 6;
    expect(await judge(sign(OLD))).toBe(false);
  });
});
