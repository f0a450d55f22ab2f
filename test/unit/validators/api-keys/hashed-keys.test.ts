import { afterEach, describe, expect, it } from "@jest/globals";
import { hashApiKey, hashedKeys, type HashedKey } from "../../../../src/index.js";
import { startProtected, type ProtectedServer } from "../../../support/protected.js";

const KEY = "ci_correct-horse-battery";
const signal = new AbortController().signal;
/** ln=10, to be fast: of KEY with the salt "salt-for-tests", by Python's hashlib.scrypt. */
const SCRYPT =
  "$scrypt$ln=10,r=8,p=1$c2FsdC1mb3ItdGVzdHM$jne+5Dj6Dar0Qdzk/3mqmQ7Bnb1qrEO3HrtQgcyaaEY";
/** The form of bcrypt's hashes; `compare` is the test's own. */
const BCRYPT = "$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

const row = (more: Partial<HashedKey> = {}): HashedKey => ({
  hash: SCRYPT,
  clientId: "ci",
  scopes: ["mcp:read"],
  ...more,
});

describe("hashedKeys", () => {
  it("accepts a key by a scrypt hash of another implementation, and no other key", async () => {
    const validate = hashedKeys([row({ subject: "robot" })]);
    expect(await validate(KEY, signal)).toEqual({
      active: true,
      clientId: "ci",
      scopes: ["mcp:read"],
      subject: "robot",
    });
    for (const guess of [`${KEY}!`, KEY.slice(0, -1), "", KEY.toUpperCase()]) {
      expect(await validate(guess, signal)).toBeUndefined();
    }
  });

  it("accepts what hashApiKey makes, each time with another salt", async () => {
    const [one, two] = [await hashApiKey(KEY), await hashApiKey(KEY)];
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$/);
    expect(one).not.toBe(two);
    expect(await hashedKeys([row({ hash: two })])(KEY, signal)).toMatchObject({ active: true });
  });

  it("asks compare for hashes of other forms, only with keys of the prefix", async () => {
    const asked: string[] = [];
    const compare = (key: string, hash: string) => {
      asked.push(key);
      return Promise.resolve(key === KEY && hash === BCRYPT);
    };
    const validate = hashedKeys([row({ hash: BCRYPT, prefix: "ci_" })], { compare });
    expect(await validate("other", signal)).toBeUndefined();
    expect(await validate("ci_guess", signal)).toBeUndefined();
    expect(await validate(KEY, signal)).toMatchObject({ clientId: "ci" });
    expect(asked).toEqual(["ci_guess", KEY]);
  });

  it("computes the hash of a good key once, and of a bad key each time", async () => {
    let asked = 0;
    const compare = (key: string) => Promise.resolve(++asked > 0 && key === KEY);
    const validate = hashedKeys([row({ hash: BCRYPT })], { compare });
    for (let n = 0; n < 5; n++) await validate(KEY, signal);
    expect(asked).toBe(1);
    for (let n = 0; n < 5; n++) await validate("guess", signal);
    expect(asked).toBe(6);
  });

  it("takes nothing but true from compare for a match", async () => {
    const compare = () => Promise.resolve("yes" as unknown as boolean);
    expect(await hashedKeys([row({ hash: BCRYPT })], { compare })(KEY, signal)).toBeUndefined();
  });

  it("computes two hashes at once; beyond 64 that wait, the answer is an outage", async () => {
    let [active, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const compare = async () => {
      most = Math.max(most, ++active);
      await new Promise<void>((resolve) => waiting.push(resolve));
      active--;
      return false;
    };
    const validate = hashedKeys([row({ hash: BCRYPT })], { compare });
    const calls = Array.from({ length: 70 }, async (_, n) => validate(`guess-${n}`, signal));
    const settled = Promise.allSettled(calls);
    let isOver = false;
    void settled.then(() => (isOver = true));
    while (!isOver) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const results = await settled;
    expect(most).toBe(2);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { reason: "callback_overloaded", status: 503 } });
  });

  it.each<[string, HashedKey[], RegExp]>([
    ["no key", [], /at least one key/],
    ["a hash without a function for it", [row({ hash: BCRYPT })], /with the option compare/],
    ["a key instead of its hash", [row({ hash: KEY })], /hashedKeys\[0\]\.hash must be/],
    ["a hash that costs too much", [row({ hash: SCRYPT.replace("=10,", "=20,") })], /ln up to 17/],
    ["a hash that costs nothing", [row({ hash: SCRYPT.replace("=10,", "=4,") })], /ln up to 17/],
    ["a key without a client", [{ hash: SCRYPT } as HashedKey], /needs clientId/],
    ["many keys of one prefix", Array<HashedKey>(11).fill(row({ prefix: "k" })), /one prefix/],
  ])("refuses at start: %s", (_name, keys, message) => {
    expect(() => hashedKeys(keys)).toThrow(message);
    expect(() => hashedKeys(keys)).toThrow(expect.not.stringContaining(KEY));
  });

  it("accepts many keys if their prefixes differ", () => {
    const keys = Array.from({ length: 40 }, (_, n) => row({ prefix: `${n}.` }));
    expect(() => hashedKeys(keys)).not.toThrow();
  });
});

describe("a server with hashed keys", () => {
  let server: ProtectedServer;
  afterEach(() => server.close());
  const send = async (key: string) =>
    (await server.call(undefined, { headers: { "X-API-Key": key } })).status;

  it("accepts the key, and limits guesses, none of which costs a hash beyond the limit", async () => {
    let asked = 0;
    const compare = (key: string) => Promise.resolve(++asked > 0 && key === KEY);
    const validate = hashedKeys([row({ hash: BCRYPT })], { compare });
    server = await startProtected({ options: { apiKeys: { validate } } });
    expect(await send(KEY)).toBe(200);
    const seen: number[] = [];
    for (let n = 0; n < 40; n++) seen.push(await send(`guess-${n}`));
    expect(seen.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(seen.slice(20)).toEqual(Array(20).fill(429));
    expect(asked).toBeLessThan(20);
    expect(await send(KEY)).toBe(200);
  });
});
