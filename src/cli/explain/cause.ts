import { describeReason, reasonRow, type Reason } from "../../core/reasons/reasons.js";
import { hasAudience } from "../../validators/claims.js";
import type { DecodedToken } from "../../jose/decode-token.js";
import { relative } from "./words.js";

/** The facts that a cause is derived from. */
export interface Circumstances {
  readonly token: DecodedToken;
  /** The server's requirements for tokens of this type. */
  readonly issuers: readonly string[];
  readonly audience: readonly string[];
  readonly introspects: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** The likely cause of a refusal, and its fix. */
export interface Cause {
  readonly cause: string;
  readonly cure: string;
}

/**
 * The likely cause of a validator's reason: a guess from the token if
 * one fits, otherwise the reason's row. The verdict does not depend on it.
 */
export function likelyCause(reason: string, at: Circumstances): Cause {
  return GUESSES.get(reason)?.(at) ?? fromRow(reason);
}

function fromRow(reason: string): Cause {
  const row = describeReason(reason);
  if (row === undefined) {
    return {
      cause: `The validator's reason is ${reason}, which is not one of this package.`,
      cure: "Search for it in the application's code.",
    };
  }
  const isOutage = reasonRow(reason)?.status === 503;
  const addition = isOutage ? " This says nothing about the token." : "";
  return { cause: `${row.meaning}${addition}`, cure: row.cure };
}

type Guess = (at: Circumstances) => Cause | undefined;

const IS_ID_TOKEN = fromRow("id_token");

const UNSIGNED: Cause = {
  cause: "The token has no signature, so anyone could have made it.",
  cure: "Get a token from the authorization server.",
};

/** Causes that the token itself suggests. */
const GUESSES: ReadonlyMap<string, Guess> = new Map<Reason, Guess>([
  ["token_malformed", opaque],
  ["token_form_unsupported", opaque],
  ["algorithm_not_allowed", wrongAlgorithm],
  ["type_not_allowed", wrongType],
  ["issuer_mismatch", wrongIssuer],
  ["issuer_unknown", wrongIssuer],
  ["expired", past],
  ["expiry_too_far", tooFar],
  ["not_yet_valid", (at) => inTheFuture(at, "nbf")],
  ["issued_in_the_future", (at) => inTheFuture(at, "iat")],
  ["audience_mismatch", wrongAudience],
  ["key_not_found", unknownKey],
]);

function wrongAlgorithm({ token }: Circumstances): Cause | undefined {
  const alg = token.header?.["alg"];
  if (alg === "none") return UNSIGNED;
  if (typeof alg !== "string" || !alg.startsWith("HS")) return undefined;
  return {
    cause: "It is signed with a shared secret, and the server expects a public key's signature.",
    cure: "Switch the issuer to RS256 or ES256, or configure validation.secret.",
  };
}

function past({ token, now }: Circumstances): Cause {
  const exp = Number(token.claims?.["exp"]);
  const { cure } = fromRow("expired");
  const hint = now - exp < 300 ? ": recently, or the clocks differ" : "";
  return { cause: `It expired ${relative(exp, now)}${hint}.`, cure };
}

function tooFar({ token }: Circumstances): Cause | undefined {
  if (!(Number(token.claims?.["exp"]) > 1e11)) return undefined;
  return {
    cause: "exp looks like milliseconds; RFC 7519 uses seconds.",
    cure: fromRow("expiry_too_far").cure,
  };
}

function unknownKey({ token }: Circumstances): Cause | undefined {
  if (token.header?.["kid"] === undefined) return undefined;
  return {
    cause:
      "The key it names is not in the issuer's key set: rotated out, or another environment's.",
    cure: fromRow("key_not_found").cure,
  };
}

function opaque({ token, introspects }: Circumstances): Cause {
  if (token.header?.["alg"] === "none") return UNSIGNED;
  if (token.form === "jwt") {
    return {
      cause: "It looks like a JWT but is malformed: truncated, or changed when it was copied.",
      cure: "Copy the complete token again, without line breaks.",
    };
  }
  return {
    cause: "It is opaque, not a JWT: only its issuer can validate it.",
    cure: introspects
      ? "Send a token that the introspection endpoint knows."
      : "Configure introspection; or request a JWT from the issuer (with Auth0, by requesting an audience).",
  };
}

const TYPES: Readonly<Record<string, string | undefined>> = {
  "dpop+jwt": "a DPoP proof",
  "logout+jwt": "a logout token",
  "secevent+jwt": "a security event",
  "token-introspection+jwt": "an introspection answer",
  "oauth-authz-req+jwt": "an authorization request",
};

function wrongType({ token }: Circumstances): Cause {
  const typ = token.header?.["typ"];
  const type =
    typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : undefined;
  if (type !== undefined && type !== "jwt") {
    return {
      cause: `It is ${TYPES[type] ?? "a JWT of another type"}, not an access token.`,
      cure: "Send the access_token of the token response.",
    };
  }
  if (looksLikeIdToken(token)) return IS_ID_TOKEN;
  return {
    cause:
      type === undefined
        ? "Its header has no typ; RFC 9068 requires at+jwt."
        : "Its header has typ JWT; RFC 9068 requires at+jwt.",
    cure: "Switch the issuer to RFC 9068 access tokens, or set validation.allowJwtTyp for it.",
  };
}

function looksLikeIdToken({ claims = {} }: DecodedToken): boolean {
  return (
    claims["nonce"] !== undefined ||
    claims["at_hash"] !== undefined ||
    claims["token_use"] === "id" ||
    claims["typ"] === "ID" ||
    isOwnClient(claims)
  );
}

/** `aud` is the client of the token, as in an ID token. */
function isOwnClient(claims: Readonly<Record<string, unknown>>): boolean {
  const audience = [claims["aud"]].flat();
  const client = claims["azp"] ?? claims["client_id"];
  return audience.length === 1 && client !== undefined && audience[0] === client;
}

function wrongIssuer({ token, issuers }: Circumstances): Cause {
  const said = token.claims?.["iss"];
  const near = issuers.find(
    (issuer) => typeof said === "string" && issuer.replace(/\/$/, "") === said.replace(/\/$/, ""),
  );
  if (near !== undefined) {
    return {
      cause: "Only the trailing slash of the issuer differs; the comparison is exact.",
      cure: `Configure the issuer as the token has it: ${String(said)}`,
    };
  }
  const swapped = issuers.find(
    (issuer) =>
      typeof said === "string" && issuer.replace(/^https?:/, "") === said.replace(/^https?:/, ""),
  );
  if (swapped !== undefined) {
    return {
      cause: "One uses http, the other https: the issuer does not know its public address.",
      cure: "Configure the issuer's own public URL, especially behind a proxy.",
    };
  }
  if (typeof said === "string" && /^https:\/\/sts\.windows\.net\//.test(said)) {
    return {
      cause: "It is an Entra token of version 1, whose issuer is sts.windows.net.",
      cure: "Set requestedAccessTokenVersion to 2 in the application's manifest, or accept both issuers.",
    };
  }
  return {
    cause: "Another authorization server, tenant or environment issued it.",
    cure: `This server accepts tokens of ${issuers.join(", ") || "no issuer"}.`,
  };
}

function wrongAudience({ token, audience, issuers }: Circumstances): Cause | undefined {
  const claims = token.claims ?? {};
  const said = [claims["aud"]].flat().filter((value) => typeof value === "string");
  if (looksLikeIdToken(token)) {
    return isOwnClient(claims)
      ? { ...IS_ID_TOKEN, cause: `aud is your client id: ${IS_ID_TOKEN.cause}` }
      : IS_ID_TOKEN;
  }
  const expected = audience[0] ?? "";
  if (said.some((value) => audience.some((wanted) => sameButSlash(value, wanted)))) {
    return {
      cause: "Only the trailing slash of the audience differs; the comparison is exact.",
      cure: "Use the same spelling for resource and at the authorization server.",
    };
  }
  if (said.some((value) => hasAudience([swapLoopback(value)], swapLoopback(expected)))) {
    return {
      cause: "One uses localhost, the other 127.0.0.1: the comparison treats them as different.",
      cure: "Use the same name everywhere.",
    };
  }
  if (said.some((value) => value.replace(/^https?:/, "") === expected.replace(/^https?:/, ""))) {
    return {
      cause: "One uses http, the other https.",
      cure: "Configure the public https URL as resource, also behind a proxy.",
    };
  }
  if (said.some((value) => issuers.some((issuer) => value.startsWith(issuer.replace(/\/$/, ""))))) {
    return {
      cause: "It is meant for the authorization server itself: issued without resource.",
      cure: fromRow("audience_missing").cure,
    };
  }
  return undefined;
}

function sameButSlash(a: string, b: string): boolean {
  return a !== b && a.replace(/\/$/, "") === b.replace(/\/$/, "");
}

function swapLoopback(url: string): string {
  return url.replace(/^(https?:\/\/)127\.0\.0\.1(?=[:/]|$)/, "$1localhost");
}

function inTheFuture({ token, now }: Circumstances, claim: "nbf" | "iat"): Cause {
  const value = Number(token.claims?.[claim]);
  if (value > 1e11) {
    return {
      cause: `${claim} is in milliseconds; a JWT's times are in seconds.`,
      cure: "Correct it at the issuer.",
    };
  }
  return {
    cause: `Its ${claim} is ${relative(value, now)}: the clocks differ.`,
    cure: "Synchronise the clocks of issuer and server (NTP); up to 120 s can be tolerated by validation.clockToleranceSeconds.",
  };
}
