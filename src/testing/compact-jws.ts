import { CompactSign } from "jose";
import type { KeyObject } from "node:crypto";

/** Members to put in or over; `undefined` takes one out. */
export type Overrides = Readonly<Record<string, unknown>>;

const encodeJson = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Signs any content. An overridden `alg` is written to the header, but the
 * signature uses the true algorithm: such a token verifies under neither.
 */
export async function signCompact(
  payload: Overrides,
  header: Overrides,
  algorithm: string,
  key: KeyObject,
): Promise<string> {
  const wanted = JSON.parse(JSON.stringify(header)) as Record<string, unknown>;
  const crit = Array.isArray(wanted["crit"]) ? (wanted["crit"] as string[]) : [];
  const signed = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ ...wanted, alg: algorithm })
    .sign(key, { crit: Object.fromEntries(crit.map((name) => [name, true])) });
  if (wanted["alg"] === algorithm) return signed;
  const [, body, signature] = signed.split(".");
  return `${encodeJson(wanted)}.${body}.${signature}`;
}

/** A token with an empty signature (`alg: none`, RFC 7519 §6). */
export function unsecuredCompact(payload: Overrides, header: Overrides): string {
  return `${encodeJson(header)}.${encodeJson(payload)}.`;
}
