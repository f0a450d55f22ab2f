import { InvalidTokenError, OAuthError } from "../../core/errors.js";
import type { JwsHeader, KeySource } from "../../keys/key-source.js";
import { ASYMMETRIC_ALGORITHMS } from "../../core/algorithms.js";
import {
  isHmacAlgorithm,
  isKeyFitFor,
  isSignatureAlgorithm,
  verifySignature,
} from "../../keys/signature.js";
import { toAccessToken, type Claims } from "../../validators/claims.js";
import { parseClaims, parseCompactJws, type CompactJws } from "../../jose/jws.js";
import { JwtValidator, type JwtValidatorOptions } from "../../validators/jwt-validator.js";

/** One check of the validator. */
export interface TokenCheck {
  readonly name:
    | "form"
    | "algorithm"
    | "critical headers"
    | "payload"
    | "type"
    | "issuer"
    | "expiry"
    | "not before"
    | "issued at"
    | "audience"
    | "fixed claims"
    | "signature"
    | "subject and client"
    | "possession";
  /** `unknown`: not determined, or nothing to check. */
  readonly result: "ok" | "failed" | "unknown";
  /** The validator's reason if it is not ok. */
  readonly reason?: string;
}

/**
 * Every check of {@link JwtValidator} separately, whereas the validator stops at
 * the first failure: each runs in a real validator over a copy of the token in which
 * everything else is right, so that no check can hide another and none can
 * differ from the server's.
 *
 * The signature is looked at over the token as it is; keys are fetched, the
 * token is sent nowhere.
 */
export async function checkJwt(
  token: string,
  options: JwtValidatorOptions,
): Promise<readonly TokenCheck[]> {
  const form = attempt(() => parseCompactJws(token, options.maxTokenBytes));
  if (!form.ok) return [failed("form", form.reason)];
  const { header } = form.value;
  const payload = attempt(() => parseClaims(form.value.payload));
  const probe = createProbe(options);
  const claims: Claims = payload.ok ? payload.value : {};
  const pick = (...names: string[]) =>
    Object.fromEntries(
      names.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
    );

  const checks: TokenCheck[] = [
    { name: "form", result: "ok" },
    await probe("algorithm", { header: { alg: header.alg } }),
    await probe("critical headers", { header: { ...header, alg: undefined, typ: undefined } }),
  ];
  if (!payload.ok) return [...checks, failed("payload", payload.reason)];
  const { iss: _iss, aud: _aud, exp: _exp, nbf: _nbf, iat: _iat, ...others } = claims;
  checks.push(
    { name: "payload", result: "ok" },
    await probe("type", {
      header: { typ: header.typ },
      claims: others,
      omit: header.typ === undefined ? ["typ"] : [],
    }),
    await probe("issuer", { claims: pick("iss"), omit: ["iss"] }),
    await probe("expiry", { claims: pick("exp"), omit: ["exp"] }),
    await probe("not before", { claims: pick("nbf") }),
    await probe("issued at", { claims: pick("iat") }),
    // Without an audience, the client id may be checked instead.
    await probe("audience", {
      claims: { ...others, ...pick("aud") },
      omit: ["aud"],
      requirements: only(options, "clientIds"),
    }),
    await probe("fixed claims", { claims: others, requirements: only(options, "equals") }),
    await checkSignature(form.value, options),
    judge("subject and client", () =>
      toAccessToken({ ...claims, cnf: undefined }, options.mapping, options.requirements),
    ),
    judge("possession", () => toAccessToken(pick("cnf"), options.mapping)),
  );
  return checks;
}

interface Probe {
  /** Members that replace those of the good copy; `undefined` leaves the good one. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Claims;
  /** Members of the good copy to leave out, unless `header` or `claims` has them. */
  readonly omit?: readonly string[];
  readonly requirements?: NonNullable<JwtValidatorOptions["requirements"]>;
}

const REACHED_THE_KEYS = "custom_reached_the_keys";

/** Builds what puts one part of the token to a real validator; arriving at the keys means it passed. */
function createProbe(options: JwtValidatorOptions) {
  const algorithms = options.algorithms ?? ASYMMETRIC_ALGORITHMS;
  const keys: KeySource = {
    getKey: () => Promise.reject(new InvalidTokenError(REACHED_THE_KEYS)),
  };
  const { clock = () => Date.now() / 1000 } = options;

  return async (name: TokenCheck["name"], spoilt: Probe): Promise<TokenCheck> => {
    const now = clock();
    const validator = new JwtValidator({
      ...options,
      keys,
      clock: () => now,
      requirements: spoilt.requirements ?? {},
    });
    const header = merge({ alg: algorithms[0], typ: "at+jwt" }, spoilt.header, spoilt.omit);
    const good = { iss: options.issuer, aud: options.audience[0], exp: now + 60 };
    const copy = merge(good, spoilt.claims, spoilt.omit);
    try {
      await validator.validate(`${encode(header)}.${encode(copy)}.AA`);
      return { name, result: "unknown" };
    } catch (error) {
      const reason = error instanceof OAuthError ? error.reason : "internal_error";
      return reason === REACHED_THE_KEYS ? { name, result: "ok" } : failed(name, reason);
    }
  };
}

function merge(
  good: Readonly<Record<string, unknown>>,
  spoilt: Readonly<Record<string, unknown>> = {},
  omit: readonly string[] = [],
): Record<string, unknown> {
  const kept = Object.entries(good).filter(([name]) => !omit.includes(name));
  const changed = Object.entries(spoilt).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...kept, ...changed]);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function only(
  { requirements = {} }: JwtValidatorOptions,
  name: "clientIds" | "equals",
): NonNullable<JwtValidatorOptions["requirements"]> {
  const value = requirements[name];
  return value === undefined ? {} : { [name]: value };
}

/** As the validator does it, over the token as it is. */
async function checkSignature(
  { header, signingInput, signature }: CompactJws,
  { keys, algorithms = ASYMMETRIC_ALGORITHMS }: JwtValidatorOptions,
): Promise<TokenCheck> {
  const name = "signature";
  const { alg } = header;
  if (!isSignatureAlgorithm(alg) || !algorithms.includes(alg)) return { name, result: "unknown" };
  const verifies = (key: Parameters<typeof isKeyFitFor>[1]) =>
    verifySignature(alg, key, signingInput, signature);
  try {
    const found = await keysFor(keys, header);
    if (!found.some((key) => isKeyFitFor(alg, key))) {
      return failed(name, "key_not_fit_for_algorithm");
    }
    if (found.some(verifies)) return { name, result: "ok" };
    const isNamed = header.kid !== undefined && !isHmacAlgorithm(alg);
    if (isNamed || keys.getKeys === undefined) return failed(name, "signature_invalid");
    const others = await keys.getKeys(header, found).catch((error: unknown) => {
      if (error instanceof InvalidTokenError) return [];
      throw error;
    });
    return others.some(verifies) ? { name, result: "ok" } : failed(name, "signature_invalid");
  } catch (error) {
    if (error instanceof InvalidTokenError) return failed(name, error.reason);
    const reason = error instanceof OAuthError ? error.reason : "key_source_failed";
    return { name, result: "unknown", reason };
  }
}

async function keysFor(keys: KeySource, header: JwsHeader) {
  return keys.getKeys === undefined ? [await keys.getKey(header)] : keys.getKeys(header);
}

type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return { ok: false, reason: error instanceof OAuthError ? error.reason : "internal_error" };
  }
}

function judge(name: TokenCheck["name"], work: () => unknown): TokenCheck {
  const done = attempt(work);
  return done.ok ? { name, result: "ok" } : failed(name, done.reason);
}

function failed(name: TokenCheck["name"], reason: string): TokenCheck {
  return { name, result: "failed", reason };
}
