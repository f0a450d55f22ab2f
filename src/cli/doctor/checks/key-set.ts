import { parseJwks, type JwkRejection, type VerificationKey } from "../../../keys/jwk.js";
import { fetchDocument, type Json } from "../document.js";
import type { Visit } from "../visit.js";

/**
 * The keys that tokens are signed with.
 *
 * @returns The usable keys.
 */
export async function checkKeySet(
  visit: Visit,
  metadata: Json,
): Promise<readonly VerificationKey[]> {
  const { findings } = visit;
  const uri = metadata["jwks_uri"];
  if (typeof uri !== "string") {
    const introspects = typeof metadata["introspection_endpoint"] === "string";
    findings.warn(
      "key-set",
      introspects
        ? "There is no jwks_uri; tokens can only be introspected."
        : "There is neither jwks_uri nor introspection_endpoint.",
    );
    return [];
  }
  return checkKeySetAt(visit, uri);
}

/** The key set at an address. */
export async function checkKeySetAt(
  visit: Visit,
  uri: string,
): Promise<readonly VerificationKey[]> {
  const { findings } = visit;
  const { json, problem } = await fetchDocument(visit, uri);
  const set = parseJwks(json);
  if (json === undefined || set === undefined) {
    findings.fail("key-set", `${uri}: ${problem ?? "not a JWK Set"}.`);
    return [];
  }
  findings.pass("key-set", uri);
  judgeKeys(visit, json, set.keys, set.rejected);
  return set.keys;
}

type Rejected = NonNullable<ReturnType<typeof parseJwks>>["rejected"];

function judgeKeys(
  { findings }: Visit,
  json: Json,
  keys: readonly VerificationKey[],
  rejected: Rejected,
): void {
  for (const { index, kid, reason } of rejected) {
    const name = kid === undefined ? `Key ${index + 1}` : `Key "${kid}"`;
    const check = REJECTIONS[reason];
    if (check === undefined) continue;
    const detail = `${name}: ${WORDS[reason]}.`;
    if (check === "key-form") findings.warn(check, detail);
    else findings.fail(check, detail);
  }
  const published = Array.isArray(json["keys"]) ? json["keys"].length : 0;
  if (keys.length > 0) {
    findings.pass("key-usable", `${keys.length} of ${published}: ${summary(keys)}.`);
  } else if (rejected.some(({ reason }) => REJECTIONS[reason] !== undefined)) {
    findings.skip("key-usable", "No key is usable; see below.");
  } else {
    findings.fail("key-usable", published === 0 ? "It is empty." : "No key is for signatures.");
  }
  for (const check of ["key-private", "key-size", "key-form"] as const) {
    if (findings.get(check) === undefined) findings.pass(check, GOOD[check]);
  }
  judgeIds(findings, keys);
}

function judgeIds(findings: Visit["findings"], keys: readonly VerificationKey[]): void {
  for (const [index, key] of keys.entries()) {
    const twin = keys
      .slice(0, index)
      .find(
        (other) =>
          key.kid !== undefined &&
          other.kid === key.kid &&
          other.algorithms.some((algorithm) => key.algorithms.includes(algorithm)),
      );
    if (twin !== undefined) {
      findings.fail("key-id", `Two keys have the kid "${key.kid ?? ""}".`);
      return;
    }
  }
  const nameless = keys.filter(({ kid }) => kid === undefined).length;
  if (nameless > 0 && keys.length > 1) {
    findings.warn("key-id", `${nameless} of ${keys.length} keys have no kid.`);
  } else if (keys.length > 0) {
    findings.pass("key-id", "Every key has a unique id.");
  }
}

function summary(keys: readonly VerificationKey[]): string {
  return keys
    .map(({ kty, alg, algorithms, key }) => {
      const { modulusLength } = key.asymmetricKeyDetails ?? {};
      const size = modulusLength === undefined ? "" : ` ${modulusLength} bits`;
      return `${kty}${size} (${alg ?? algorithms.join("/")})`;
    })
    .join(", ");
}

/** The check that a rejected key fails; none if the key has another purpose. */
const REJECTIONS: Readonly<
  Record<JwkRejection, "key-private" | "key-size" | "key-form" | undefined>
> = {
  symmetric: "key-private",
  private_members: "key-private",
  modulus: "key-size",
  exponent: "key-size",
  use: undefined,
  key_ops: undefined,
  not_an_object: "key-form",
  kid: "key-form",
  kty: "key-form",
  alg: "key-form",
  crv: "key-form",
  malformed: "key-form",
};

const WORDS: Readonly<Record<JwkRejection, string>> = {
  symmetric: "it is a shared secret, which anyone can read",
  private_members: "it contains the private key, which anyone can read",
  modulus: "its RSA modulus is not of 2048 to 16384 bits",
  exponent: "its RSA exponent is not odd, at least 3 and below 2^32",
  use: "it is not for signatures",
  key_ops: "it is not for verifying",
  not_an_object: "it is not a JSON object",
  kid: "its kid is not text",
  kty: "its type is not RSA, EC or OKP",
  alg: "its alg does not fit its type",
  crv: "its curve is not P-256, P-384, P-521, Ed25519 or Ed448",
  malformed: "its members are not well formed",
};

const GOOD = {
  "key-private": "Only public keys.",
  "key-size": "All keys are long enough.",
  "key-form": "All keys are well formed.",
} as const;
