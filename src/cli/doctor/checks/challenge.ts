import { extractWWWAuthenticateParams } from "@modelcontextprotocol/sdk/client/auth.js";
import type { ProbeAnswer } from "../../../net/probe.js";
import { isLoopbackHost } from "../../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";
import { bearerProblem, parseChallenges } from "./challenge-parser.js";
import type { Visit } from "../visit.js";

/** The members of a Bearer challenge that clients act on. */
export interface BearerChallenge {
  readonly error?: string | undefined;
  readonly scope?: string | undefined;
  readonly resourceMetadata?: string | undefined;
}

/**
 * The Bearer challenge of an answer: parsed by the grammar if it is well formed,
 * otherwise as a lenient client parses it. `undefined` if there is none.
 */
export function readChallenge({ headers }: ProbeAnswer): BearerChallenge | undefined {
  const header = headers.get("www-authenticate");
  if (header === null) return undefined;
  const parsed = parseChallenges(header);
  if (!parsed.ok) return /\bbearer\b/i.test(header) ? readAsSdkV2(header) : undefined;
  const bearer = parsed.challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer === undefined) return undefined;
  const value = (name: string) => bearer.parameters.find(([key]) => key === name)?.[1];
  return {
    error: value("error"),
    scope: value("scope"),
    resourceMetadata: value("resource_metadata"),
  };
}

/** Parses with the function of SDK v1. */
function readAsSdkV1(header: string): BearerChallenge {
  const response = new Response(null, { status: 401, headers: { "www-authenticate": header } });
  const { error, scope, resourceMetadataUrl } = extractWWWAuthenticateParams(response);
  return { error, scope, resourceMetadata: resourceMetadataUrl?.href };
}

/**
 * Parses like client 2.x of the SDK: a header that begins with Bearer or DPoP, then
 * the first `name=` anywhere in it. A test compares it with the real one.
 */
export function readAsSdkV2(header: string): BearerChallenge {
  const [scheme = "", rest] = header.split(" ");
  if (!/^(?:bearer|dpop)$/i.test(scheme) || !rest) return {};
  const value = (name: string) => {
    const match = new RegExp(`${name}=(?:"([^"]+)"|([^\\s,]+))`).exec(header);
    return match?.[1] ?? match?.[2];
  };
  const url = value("resource_metadata");
  return {
    error: value("error"),
    scope: value("scope"),
    resourceMetadata: url && parseAbsoluteUrl(url)?.href,
  };
}

/**
 * The challenge of a request without credentials.
 *
 * @returns The challenge, for the following checks.
 */
export function checkChallenge(visit: Visit, refusal: ProbeAnswer | undefined): BearerChallenge {
  const { findings } = visit;
  if (refusal === undefined) {
    findings.skip("challenge", "There was no 401.");
    return {};
  }
  const header = refusal.headers.get("www-authenticate");
  const challenge = readChallenge(refusal);
  if (header === null || challenge === undefined) {
    findings.fail(
      "challenge",
      header === null
        ? "The 401 has no WWW-Authenticate."
        : `It has no Bearer challenge: ${header}`,
    );
    return {};
  }
  findings.pass("challenge", header);
  checkForm(visit, header);

  if (challenge.error === undefined) findings.pass("challenge-no-error", "None.");
  else findings.warn("challenge-no-error", `error="${challenge.error}" without any token.`);

  checkResourceMetadata(visit, challenge.resourceMetadata);

  const scopes = (challenge.scope ?? "").split(" ").filter((scope) => scope !== "");
  if (scopes.includes("offline_access")) {
    findings.fail("challenge-offline-access", `scope="${challenge.scope ?? ""}"`);
  } else if (scopes.length > 0) {
    findings.pass("challenge-offline-access", "offline_access is not named.");
  }
  return challenge;
}

/** The challenge after a refused token. */
export function checkInvalidTokenChallenge(visit: Visit, refusal: ProbeAnswer | undefined): void {
  const { findings } = visit;
  if (refusal?.status !== 401 || findings.get("challenge")?.verdict !== "pass") return;
  const header = refusal.headers.get("www-authenticate");
  if (header === null) {
    findings.fail("challenge", "The 401 for an invalid token has no WWW-Authenticate.");
    return;
  }
  checkForm(visit, header);
  const error = readChallenge(refusal)?.error;
  if (error === "invalid_token") findings.pass("challenge-invalid-token", "invalid_token is set.");
  else {
    findings.warn(
      "challenge-invalid-token",
      error === undefined ? "It has no error." : `It has error="${error}".`,
    );
  }
}

function checkForm({ findings }: Visit, header: string): void {
  const parsed = parseChallenges(header);
  const bearer = parsed.ok
    ? parsed.challenges.find(({ scheme }) => scheme === "bearer")
    : undefined;
  const problem = parsed.ok ? bearer && bearerProblem(bearer) : parsed.problem;
  if (problem !== undefined) {
    findings.fail("challenge-grammar", `${problem}: ${header}`);
    // Clients parse a malformed challenge unpredictably; one finding is enough.
    findings.skip("challenge-clients", "The challenge is not well formed.");
    return;
  }
  findings.pass("challenge-grammar", "Well formed.");
  if (bearer === undefined) return;

  const value = (name: string) => bearer.parameters.find(([key]) => key === name)?.[1];
  const url = value("resource_metadata");
  const expected: BearerChallenge = {
    error: value("error"),
    scope: value("scope"),
    resourceMetadata: url && parseAbsoluteUrl(url)?.href,
  };
  for (const [name, read] of [
    ["v1", readAsSdkV1(header)],
    ["v2", readAsSdkV2(header)],
  ] as const) {
    for (const member of ["resourceMetadata", "scope", "error"] as const) {
      if (read[member] === expected[member]) continue;
      const said = read[member] === undefined ? "nothing" : `"${read[member]}"`;
      findings.fail(
        "challenge-clients",
        `SDK ${name} reads ${said} as ${NAMES[member]} out of: ${header}`,
      );
      return;
    }
  }
  findings.pass("challenge-clients", "Both read the same values.");
}

const NAMES = { resourceMetadata: "resource_metadata", scope: "scope", error: "error" } as const;

function checkResourceMetadata({ url, findings }: Visit, text: string | undefined): void {
  const check = "challenge-resource-metadata";
  if (text === undefined) {
    findings.fail(check, "It has no resource_metadata.");
    return;
  }
  const target = parseAbsoluteUrl(text);
  if (target === undefined) {
    findings.fail(check, `"${text}" is not an absolute URL.`);
    return;
  }
  const local = isLoopbackHost(target.hostname);
  if (target.protocol !== "https:" && url.protocol === "https:") {
    findings.fail(check, `${text} is not https: behind a proxy, build it from the public URL.`);
  } else if (local && !isLoopbackHost(url.hostname)) {
    findings.fail(check, `${text} is an address of the server itself; clients cannot reach it.`);
  } else {
    findings.pass(check, text);
  }
}
