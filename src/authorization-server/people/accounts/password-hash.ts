import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

type Cost = { readonly N: number; readonly r: number; readonly p: number };

const derive = promisify<string, Buffer, number, Cost & { maxmem: number }, Buffer>(scrypt);

/** OWASP's recommendation for scrypt; 64 MiB and about 0.1 s for each password. */
const COST: Cost = { N: 2 ** 16, r: 8, p: 2 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY = 256 * 1024 * 1024;
const FORMAT = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{43})$/;

/** Hashes a password: `scrypt$log2 N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await keyOf(password, salt, COST);
  const parts = [Math.log2(COST.N), COST.r, COST.p, encode(salt), encode(key)];
  return `scrypt$${parts.join("$")}`;
}

/**
 * Whether the password has this hash, compared in constant time.
 *
 * @param hash `undefined` costs the same work as a hash of {@link hashPassword}, and is `false`
 */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  const parsed = hash === undefined ? undefined : parseHash(hash);
  const { cost, salt, key } = parsed ?? DUMMY;
  const matches = timingSafeEqual(await keyOf(password, salt, cost), key);
  return matches && parsed !== undefined;
}

/** Whether {@link verifyPassword} can read the text. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

const DUMMY = { cost: COST, salt: Buffer.alloc(SALT_BYTES), key: Buffer.alloc(KEY_BYTES) };

function parseHash(text: string) {
  const [, log = "", r = "", p = "", salt = "", key = ""] = FORMAT.exec(text) ?? [];
  const cost: Cost = { N: 2 ** Number(log), r: Number(r), p: Number(p) };
  const memory = 128 * cost.N * cost.r;
  if (key === "" || Number(log) < 14 || cost.r < 1 || cost.p < 1 || memory >= MAX_MEMORY) {
    return undefined;
  }
  return { cost, salt: Buffer.from(salt, "base64url"), key: Buffer.from(key, "base64url") };
}

function keyOf(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  // Keyboards write one character in different ways (RFC 8265 §4.2.2).
  return derive(password.normalize("NFC"), salt, KEY_BYTES, { ...cost, maxmem: MAX_MEMORY });
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64url");
}
