import { hasAudience } from "../../validators/claims.js";
import type { DecodedToken } from "./decode.js";
import { relative } from "./words.js";

/** What is known where a cause is looked for. */
export interface Circumstances {
  readonly token: DecodedToken;
  /** What the server is configured to expect of tokens of this kind. */
  readonly issuers: readonly string[];
  readonly audience: readonly string[];
  readonly introspects: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** Why a token is refused, most likely, and what helps. */
export interface Cause {
  readonly cause: string;
  readonly cure: string;
}

/**
 * The likely cause behind a validator's reason. A guess over plain data: the
 * verdict does not depend on it.
 */
export function likelyCause(reason: string, at: Circumstances): Cause {
  const specific = Object.hasOwn(SPECIFIC, reason) ? SPECIFIC[reason]?.(at) : undefined;
  if (specific !== undefined) return specific;
  if (reason.startsWith("claim_mismatch_")) {
    const name = reason.slice("claim_mismatch_".length);
    return {
      cause: `The claim ${name} does not have the value that the server's option "equals" asks for.`,
      cure: "Use a token of the kind that the server is meant for, or change the option.",
    };
  }
  if (reason.startsWith("introspection_")) {
    return {
      cause: "The introspection endpoint gave no usable answer; this says nothing about the token.",
      cure: "Check the endpoint and this server's own credentials there: mcp-oauth doctor --env .env",
    };
  }
  if (reason.startsWith("jwks_") || reason.startsWith("discovery_")) {
    return {
      cause:
        "The issuer's metadata or keys could not be fetched; this says nothing about the token.",
      cure: "Check that this machine reaches the issuer: mcp-oauth doctor --env .env",
    };
  }
  return { cause: `The validator says ${reason}.`, cure: "Compare the checks below." };
}

type Guess = (at: Circumstances) => Cause | undefined;

const IS_ID_TOKEN: Cause = {
  cause: "This is an ID token: it tells a client who signed in, and opens nothing.",
  cure: "Send the access_token of the token response, not the id_token.",
};

const UNSIGNED: Cause = {
  cause: "The token has no signature: anybody can write one.",
  cure: "Get a token from the authorization server.",
};

const ISSUED_WITHOUT_RESOURCE =
  "Have the client send resource with this server's URL in both the authorization and the token request (RFC 8707), and define the resource at the authorization server.";

const SPECIFIC: Readonly<Record<string, Guess | undefined>> = {
  token_malformed: (at) => opaque(at),
  token_form_unsupported: (at) => opaque(at),
  header_malformed: () => ({
    cause:
      "The header is not what a JWT's header may be: a member of the wrong type, or one twice.",
    cure: "Ask the issuer; no well-known library writes such a header.",
  }),
  token_encrypted: () => ({
    cause: "The token is encrypted (JWE): meant for somebody else to read.",
    cure: "Ask for a token for this server's audience; Auth0, for one, encrypts where no API was asked for.",
  }),
  token_too_large: () => ({
    cause: "The token is larger than the server looks at.",
    cure: "Have the issuer leave out claims, group lists above all.",
  }),
  algorithm_not_allowed: ({ token }) => {
    const alg = token.header?.["alg"];
    if (alg === "none") return UNSIGNED;
    if (typeof alg === "string" && alg.startsWith("HS")) {
      return {
        cause:
          "It is signed with a shared secret, and the server expects a public key's signature.",
        cure: "Switch the issuer to RS256 or ES256, or configure validation.secret.",
      };
    }
    return {
      cause: "Its algorithm is not among those the server allows.",
      cure: "Add it to validation.algorithms, or change it at the issuer.",
    };
  },
  critical_header: () => ({
    cause: "The header demands an extension (crit or b64) that is not supported.",
    cure: "Have the issuer leave it out.",
  }),
  id_token: () => IS_ID_TOKEN,
  type_not_allowed: (at) => wrongType(at),
  issuer_missing: () => ({
    cause: "There is no iss: nobody says whose token it is.",
    cure: "Have the issuer write one; without it the token cannot be trusted.",
  }),
  issuer_mismatch: (at) => wrongIssuer(at),
  issuer_unknown: (at) => wrongIssuer(at),
  expiry_missing: () => ({
    cause: "There is no exp: it would be good for ever.",
    cure: "Have the issuer give tokens an end.",
  }),
  expired: ({ token, now }) => {
    const exp = Number(token.claims?.["exp"]);
    return now - exp < 300
      ? {
          cause: `It expired ${relative(exp, now)}: just used up, or the clocks differ.`,
          cure: "Get a new one; if new ones fail as well, synchronise the clocks (NTP).",
        }
      : {
          cause: `It expired ${relative(exp, now)}.`,
          cure: "Get a new one, with the refresh token for example.",
        };
  },
  expiry_too_far: ({ token }) => ({
    cause:
      Number(token.claims?.["exp"]) > 1e11
        ? "exp looks like milliseconds; RFC 7519 counts seconds."
        : "exp is more than ten years ahead.",
    cure: "Have the issuer write exp in seconds, and give tokens a shorter life.",
  }),
  not_yet_valid: (at) => inTheFuture(at, "nbf"),
  issued_in_the_future: (at) => inTheFuture(at, "iat"),
  audience_missing: () => ({
    cause: "It was issued without resource: it says nothing of where it may be used.",
    cure: ISSUED_WITHOUT_RESOURCE,
  }),
  audience_mismatch: (at) => wrongAudience(at),
  client_not_allowed: () => ({
    cause: "There is no audience, and its client is not among validation.clientIds.",
    cure: "Add the client there, or have the issuer write an audience.",
  }),
  key_not_found: ({ token }) => ({
    cause:
      token.header?.["kid"] === undefined
        ? "No published key fits it."
        : "The key it names is not in the issuer's key set: rotated out, or another environment's.",
    cure: "Get a new token; compare kid with the issuer's key set (mcp-oauth doctor shows where it is).",
  }),
  key_not_fit_for_algorithm: () => ({
    cause: "The key it names is not for its algorithm.",
    cure: "Correct alg of the key at the issuer, or the algorithm it signs with.",
  }),
  signature_invalid: () => ({
    cause:
      "It was changed after it was signed, was cut when it was copied, or another key signed it.",
    cure: "Copy it anew and whole; check that issuer and key set belong together.",
  }),
  subject_missing: () => ({
    cause: "There is no subject, and validation.requireSubject asks for one.",
    cure: "Use a token of a user, not of a client alone; or name the claim in validation.claims.subject.",
  }),
  client_missing: () => ({
    cause: "There is no client id, and validation.requireClientId asks for one.",
    cure: "Name the claim that has it in validation.claims.clientId.",
  }),
  confirmation_unsupported: () => ({
    cause: "It is bound (cnf) in a way that this server cannot check.",
    cure: "Bind it by DPoP (jkt) or by certificate (x5t#S256), or not at all.",
  }),
  introspection_inactive: () => ({
    cause: "The issuer says it is not active: expired, revoked, or of another issuer.",
    cure: "Get a new one. Some servers call tokens of other clients' resources inactive, too.",
  }),
  not_an_access_token: () => ({
    cause: "The issuer says it is no access token; a refresh token, most likely.",
    cure: "Send the access_token of the token response.",
  }),
};

function opaque({ token, introspects }: Circumstances): Cause {
  if (token.header?.["alg"] === "none") return UNSIGNED;
  if (token.form === "jwt") {
    return {
      cause: "It looks like a JWT, and is not well formed: cut, or changed when it was copied.",
      cure: "Copy it anew, whole and without line breaks.",
    };
  }
  return {
    cause: "It is opaque, no JWT; only its issuer can say what it is.",
    cure: introspects
      ? "Send one that the introspection endpoint knows."
      : "Configure introspection; or ask the issuer for a JWT (with Auth0, by asking for an audience).",
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
      cause: `It is ${TYPES[type] ?? "a JWT of another kind"}, no access token.`,
      cure: "Send the access_token of the token response.",
    };
  }
  if (looksLikeIdToken(token)) return IS_ID_TOKEN;
  return {
    cause:
      type === undefined
        ? "Its header has no typ, where RFC 9068 wants at+jwt."
        : "Its header says typ JWT, where RFC 9068 wants at+jwt: any JWT could say that.",
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

/** `aud` is the very client that holds the token, as in an ID token. */
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
      cause: "Only the slash at the end of the issuer differs; the comparison is exact.",
      cure: `Configure the issuer as the token has it: ${String(said)}`,
    };
  }
  const swapped = issuers.find(
    (issuer) =>
      typeof said === "string" && issuer.replace(/^https?:/, "") === said.replace(/^https?:/, ""),
  );
  if (swapped !== undefined) {
    return {
      cause: "One says http, the other https: the issuer does not know its public address.",
      cure: "Configure the issuer's own public URL, behind a proxy above all.",
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

function wrongAudience({ token, audience, issuers }: Circumstances): Cause {
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
      cause: "Only the slash at the end of the audience differs; the comparison is exact.",
      cure: "Write resource as the authorization server spells it, or the other way round.",
    };
  }
  if (said.some((value) => hasAudience([swapLoopback(value)], swapLoopback(expected)))) {
    return {
      cause: "One says localhost, the other 127.0.0.1: two different names to a comparison.",
      cure: "Use one of the two everywhere.",
    };
  }
  if (said.some((value) => value.replace(/^https?:/, "") === expected.replace(/^https?:/, ""))) {
    return {
      cause: "One says http, the other https.",
      cure: "Configure the public https URL as resource, also behind a proxy.",
    };
  }
  if (said.some((value) => issuers.some((issuer) => value.startsWith(issuer.replace(/\/$/, ""))))) {
    return {
      cause: "It is meant for the authorization server itself: issued without resource.",
      cure: ISSUED_WITHOUT_RESOURCE,
    };
  }
  return {
    cause: "It was issued for another service; the client asked for another resource, or for none.",
    cure: ISSUED_WITHOUT_RESOURCE,
  };
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
      cure: "Correct it where the token is made.",
    };
  }
  return {
    cause: `Its ${claim} is ${relative(value, now)}: the clocks differ.`,
    cure: "Synchronise the clocks of issuer and server (NTP); up to 120 s can be tolerated by validation.clockToleranceSeconds.",
  };
}
