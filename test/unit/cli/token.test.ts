import { chmodSync, lstatSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  devServerFilePath,
  readDevServerFile,
  removeDevServerFile,
  writeDevServerFile,
  type DevServerFile,
} from "../../../src/cli/dev-server-file.js";
import { StaticKeys } from "../../../src/keys/static-keys.js";
import { generateTestKey, type TestAlgorithm } from "../../../src/testing/test-keys.js";

import { runCli } from "../../support/cli.js";
import { outcome } from "../../support/outcome.js";
import { JwtValidator } from "../../support/resolved.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const RESOURCE = "http://127.0.0.1:8080/mcp";
const ISSUER = "http://127.0.0.1:9000";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function serverWith(algorithm: TestAlgorithm = "ES256") {
  const key = generateTestKey(algorithm);
  const { kid } = key;
  const file: DevServerFile = {
    version: 1,
    issuer: ISSUER,
    resources: [RESOURCE],
    scopes: ["notes:use"],
    jwk: {
      ...key.privateKey.export({ format: "jwk" }),
      kid,
      alg: algorithm,
    } as DevServerFile["jwk"],
  };
  const validator = new JwtValidator({
    issuer: ISSUER,
    audience: [RESOURCE],
    keys: StaticKeys.fromPublicKeys({ ...key.publicJwk }),
  });
  return { file, validator };
}

const mint = (...args: string[]) => runCli(["token", ...args], { cwd: folder });

describe("token", () => {
  it.each(["ES256", "RS256", "EdDSA", "PS256"] as const)(
    "mints one that the server accepts, with %s",
    async (algorithm) => {
      const { file, validator } = serverWith(algorithm);
      writeDevServerFile(folder, file);
      const { status, stdout, stderr } = await mint("--sub", "alice", "--client-id", "app");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(await validator.validate(stdout.trim())).toMatchObject({
        subject: "alice",
        clientId: "app",
        scopes: ["notes:use"],
      });
    },
  );

  it.each([
    [["--expired"], "InvalidTokenError expired"],
    [["--wrong-audience"], "InvalidTokenError audience_mismatch"],
    [["--wrong-key"], "InvalidTokenError signature_invalid"],
    [["--resource", "http://127.0.0.1:1/x"], "InvalidTokenError audience_mismatch"],
    [["--lifetime", "5"], "accepted"],
  ])("mints one that is spoilt in one way with %j", async (args, expected) => {
    const { file, validator } = serverWith();
    writeDevServerFile(folder, file);
    const { stdout } = await mint(...args);
    expect(await outcome(validator.validate(stdout.trim()))).toBe(expected);
  });

  it("gives the scopes it is told, or none", async () => {
    const { file, validator } = serverWith();
    writeDevServerFile(folder, file);
    const scopesOf = async (scope: string) =>
      (await validator.validate((await mint("--scope", scope)).stdout.trim())).scopes;
    expect(await scopesOf("a b")).toEqual(["a", "b"]);
    expect(await scopesOf("")).toEqual([]);
  });

  it("signs with a key of one's own", async () => {
    const { file, validator } = serverWith();
    writeFileSync(join(folder, "key.json"), JSON.stringify(file.jwk));
    const own = ["--issuer-key", "key.json", "--issuer", ISSUER, "--resource", RESOURCE];
    const { stdout } = await mint(...own);
    expect(await outcome(validator.validate(stdout.trim()))).toBe("accepted");
  });

  it.each([
    [[], 1, /no development server runs/],
    [["--issuer", ISSUER], 2, /--issuer needs --issuer-key/],
    [["--issuer-key", "key.json"], 2, /needs --issuer and --resource/],
    [["--lifetime", "-1"], 2, /whole number of seconds/],
    [
      ["--issuer-key", "nope", "--issuer", ISSUER, "--resource", RESOURCE],
      2,
      /nope cannot be read/,
    ],
  ])("says in one line what %j lacks", async (args, status, message) => {
    const result = await mint(...args);
    expect(result).toMatchObject({ status, stdout: "" });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("never quotes a key that cannot be used", async () => {
    for (const text of ['{"kty":"RSA","d":"top-secret"}', '{"kty":"RSA","d":"top-secret"']) {
      writeFileSync(join(folder, "key.json"), text);
      const own = ["--issuer-key", "key.json", "--issuer", ISSUER, "--resource", RESOURCE];
      const { status, stderr } = await runCli(["token", ...own], {
        cwd: folder,
        env: { DEBUG: "1" },
      });
      expect(status).toBe(2);
      expect(stderr).not.toContain("top-secret");
    }
  });
});

describe("the development server's file", () => {
  it("is readable by its owner alone, and hidden from git", () => {
    const { file } = serverWith();
    writeDevServerFile(folder, file);
    writeDevServerFile(folder, file);
    expect(statSync(devServerFilePath(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, ".mcp-oauth")).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(folder, ".mcp-oauth", ".gitignore")).isFile()).toBe(true);
    expect(readDevServerFile(folder)).toEqual(file);
    removeDevServerFile(folder);
    removeDevServerFile(folder);
    expect(() => readDevServerFile(folder)).toThrow(/no development server/);
  });

  it("is refused when others can read it", () => {
    writeDevServerFile(folder, serverWith().file);
    chmodSync(devServerFilePath(folder), 0o640);
    expect(() => readDevServerFile(folder)).toThrow(/Other users can read/);
  });

  it("is refused when it is a link", () => {
    writeDevServerFile(folder, serverWith().file);
    const path = devServerFilePath(folder);
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
    expect(() => readDevServerFile(folder)).toThrow(/not a regular file/);
  });

  it("is refused for an issuer elsewhere, written or read", () => {
    const { file } = serverWith();
    const elsewhere = { ...file, issuer: "https://auth.example.com" };
    expect(() => writeDevServerFile(folder, elsewhere)).toThrow(/not on this machine/);
    writeDevServerFile(folder, file);
    writeFileSync(devServerFilePath(folder), JSON.stringify(elsewhere));
    expect(() => readDevServerFile(folder)).toThrow(/not on this machine/);
  });

  it.each(["", "{}", '{"version":2}'])("is refused when it says %j", (text) => {
    writeDevServerFile(folder, serverWith().file);
    writeFileSync(devServerFilePath(folder), text);
    expect(() => readDevServerFile(folder)).toThrow(/was not written by this version/);
  });
});
