import type { KeyObject } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import { UnavailableError } from "../../../src/core/errors.js";
import type { SecretSource } from "../../../src/keys/rotating-secret.js";
import { outcome } from "../../support/outcome.js";
import { RotatingSecretKeys } from "../../support/resolved.js";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(32)) as [string, string, string];
const HEADER = { alg: "HS256" };

function createKeys(source: SecretSource, overlapSeconds?: number) {
  const time = { now: 1000 };
  const asked = jest.fn(source);
  const keys = new RotatingSecretKeys({
    source: asked,
    algorithms: ["HS256"],
    clock: () => time.now,
    random: () => 0,
    ...(overlapSeconds !== undefined && { overlapSeconds }),
  });
  const secrets = async (tried?: readonly KeyObject[]) =>
    (await keys.getKeys(HEADER, tried)).map((key) => key.export().toString());
  return { keys, time, asked, secrets };
}

describe("a secret that changes", () => {
  it("is asked for once while it is fresh", async () => {
    const { secrets, asked, time } = createKeys(async () => A);
    expect(await secrets()).toEqual([A]);
    time.now += 200;
    expect(await secrets()).toEqual([A]);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("leaves its predecessor good for the overlap, and no longer", async () => {
    let secret = A;
    const { keys, secrets, time } = createKeys(async () => secret, 100);
    await secrets();
    const before = keys.generation();
    secret = B;
    time.now += 301;
    expect(await secrets()).toEqual([B, A]);
    expect(keys.generation()).toBe(before);
    time.now += 99;
    expect(await secrets()).toEqual([B, A]);
    time.now += 1;
    expect(await secrets()).toEqual([B]);
    // What a cache remembers of tokens signed with it is no longer good.
    expect(keys.generation()).not.toBe(before);
  });

  it("is good at once again when it comes back", async () => {
    let secret = A;
    const { secrets, time } = createKeys(async () => secret, 400);
    await secrets();
    secret = B;
    time.now += 301;
    await secrets();
    secret = A;
    time.now += 301;
    expect(await secrets()).toEqual([A, B]);
    time.now += 10_000;
    expect(await secrets()).toEqual([A]);
  });

  it("in a list is valid only while it is listed", async () => {
    let list = [B, A];
    const { keys, secrets, time } = createKeys(async () => list);
    expect(await secrets()).toEqual([B, A]);
    const before = keys.generation();
    list = [C, B];
    time.now += 301;
    expect(await secrets()).toEqual([C, B]);
    expect(keys.generation()).not.toBe(before);
  });

  it("is asked for again when none of the known ones verified", async () => {
    let secret = A;
    const { keys, time, asked, secrets } = createKeys(async () => secret);
    await keys.getKeys(HEADER);
    const tried = await keys.getKeys(HEADER);
    secret = B;
    time.now += 6;
    expect(await secrets(tried)).toEqual([B]);
    expect(asked).toHaveBeenCalledTimes(2);
    time.now += 6;
    const both = await keys.getKeys(HEADER);
    expect(await outcome(secrets(both))).toBe("InvalidTokenError key_not_found");
  });

  it("goes on while its source is away, and is unavailable when it was never there", async () => {
    let away = false;
    const source = async () => {
      if (away) throw new Error(`no access to ${A}`);
      return A;
    };
    const { secrets, time } = createKeys(source);
    await secrets();
    away = true;
    time.now += 3600;
    expect(await secrets()).toEqual([A]);
    time.now += 90_000;
    expect(await outcome(secrets())).toBe("UnavailableError secret_unavailable");

    const never = createKeys(source);
    const error: unknown = await never.secrets().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(A);
  });

  it.each<[string, unknown, string]>([
    ["no secret", [], "secret_unavailable"],
    ["something that is no text", 5, "secret_malformed"],
    ["a secret that is shorter than the hash", "short", "secret_too_short"],
    ["a short one behind a good one", [A, "short"], "secret_too_short"],
    ["PEM text", `-----BEGIN PUBLIC KEY-----\n${A}`, "secret_malformed"],
  ])("cannot be determined from %s", async (_name, answer, reason) => {
    const { secrets } = createKeys(async () => answer as string);
    expect(await outcome(secrets())).toBe(`UnavailableError ${reason}`);
  });

  it("serves no algorithm that is not allowed", async () => {
    const { keys, asked } = createKeys(async () => A);
    expect(await outcome(keys.getKey({ alg: "HS512" }))).toBe("InvalidTokenError key_not_found");
    expect(await outcome(keys.getKey({ alg: "RS256" }))).toBe("InvalidTokenError key_not_found");
    expect(asked).not.toHaveBeenCalled();
    expect(await outcome(keys.getKey(HEADER))).toBe("accepted");
  });
});
