import { randomUUID } from "node:crypto";
import type { VerificationKey } from "../../../keys/jwk.js";
import type { ProbeAnswer, ProbeRequest } from "../../../net/probe.js";
import type { CheckId } from "../catalogue.js";
import { readChallenge } from "./challenge.js";
import { forgedToken, nameable, unsignedToken } from "./forgeries.js";
import { isSuccess, openStream, post, tryAsk, type Visit } from "../visit.js";

/** The results of the requests without credentials. */
export interface AnonymousAccess {
  /** The 401 with the challenge, if there was one. */
  readonly refusal: ProbeAnswer | undefined;
  /** Sends a request that needs a token: POST, or GET on the older SSE transport. */
  readonly request: (headers?: Readonly<Record<string, string>>) => ProbeRequest;
  /** Whether the server requires credentials, so that invalid ones can be tried. */
  readonly asksForToken: boolean;
}

/** Requests without any credentials. */
export async function checkAnonymous(visit: Visit): Promise<AnonymousAccess> {
  const { url, findings } = visit;
  const initialize = await tryAsk(visit.ask(url, post("initialize")));
  const stream = await tryAsk(visit.ask(url, openStream()));
  const asPost = (headers?: Readonly<Record<string, string>>) => post("tools/list", headers);

  // The older transport accepts POST at another URL, which its stream names.
  const isSse =
    (initialize.status === 404 || initialize.status === 405) &&
    stream.status !== undefined &&
    (stream.status === 401 || isEventStream(stream));
  if (isSse) {
    findings.skip("anonymous-initialize", "The SSE transport does not accept POST at this URL.");
    findings.skip("anonymous-tools", "The SSE transport does not accept POST at this URL.");
  } else if (initialize.status === undefined) {
    findings.fail("anonymous-initialize", `POST failed: ${initialize.problem}.`);
  } else {
    judge(visit, "anonymous-initialize", initialize);
    if (initialize.status === 401 || isSuccess(initialize.status)) {
      const session = initialize.headers.get("mcp-session-id");
      const headers = session === null ? {} : { "mcp-session-id": session };
      const tools = await tryAsk(visit.ask(url, post("tools/list", headers)));
      if (tools.status !== undefined) judge(visit, "anonymous-tools", tools);
      // Close the session that the server opened.
      if (session !== null) await tryAsk(visit.ask(url, { method: "DELETE", headers }));
    } else {
      findings.skip("anonymous-tools", "initialize was not refused.");
    }
  }
  if (stream.status !== undefined) judgeStream(visit, stream, initialize.status);

  const refusal = [initialize, stream].find(
    (answer): answer is ProbeAnswer => answer.status === 401,
  );
  return {
    refusal,
    request: isSse ? openStream : asPost,
    asksForToken: isSse ? stream.status === 401 : initialize.status === 401,
  };
}

function judge({ findings }: Visit, check: CheckId, { status }: ProbeAnswer): void {
  if (status === 401) findings.pass(check, "401");
  else if (isSuccess(status)) {
    findings.fail(check, `It was answered (${status}): anyone can use this server.`);
  } else if (status === 404) {
    findings.fail(check, "404, not 401.", "Check the path of the MCP endpoint.");
  } else if (status === 403) {
    findings.fail(check, "403, not 401.", "403 means that no token would help; answer 401.");
  } else {
    findings.fail(check, `${status}, not 401.`);
  }
}

function judgeStream({ findings }: Visit, stream: ProbeAnswer, post: number | undefined): void {
  const { status } = stream;
  if (status === 401) findings.pass("anonymous-get", "401");
  else if (status === 405) findings.pass("anonymous-get", "405: there is no stream.");
  else if (isEventStream(stream)) {
    findings.fail("anonymous-get", "A stream was opened: anyone can read its messages.");
  } else if (post !== 401) {
    findings.skip("anonymous-get", `${status}, as for POST.`);
  } else {
    findings.warn(
      "anonymous-get",
      `${status}, not 401: the server checks the request before the token.`,
    );
  }
}

function isEventStream({ status, headers }: ProbeAnswer): boolean {
  return isSuccess(status) && (headers.get("content-type") ?? "").startsWith("text/event-stream");
}

/** An invented token. */
const GARBAGE = "mcp-oauth-doctor-this-is-not-a-token";

/** Published facts that a forged token can use. */
export interface Published {
  readonly issuer: string | undefined;
  readonly resource: string;
  readonly keys: readonly VerificationKey[];
}

/**
 * Requests with invalid credentials. Each is compared with the anonymous
 * refusal, so that one cause gives one finding.
 *
 * @returns The refusal of a malformed token, for the checks of its challenge.
 */
export async function checkBadCredentials(
  visit: Visit,
  { refusal, request, asksForToken }: AnonymousAccess,
  published: Published,
): Promise<ProbeAnswer | undefined> {
  const { url, findings } = visit;
  const checks = ["garbage-token", "unsigned-token", "forged-token", "query-token"] as const;
  if (!asksForToken || refusal === undefined) {
    for (const check of [...checks, "session-only"] as const) {
      findings.skip(check, "The server does not ask for a token.");
    }
    return undefined;
  }

  const bearer = (token: string) => visit.ask(url, request({ authorization: `Bearer ${token}` }));
  const garbage = await tryAsk(bearer(GARBAGE));
  judgeBadToken(visit, "garbage-token", garbage, "the token is malformed");

  const refuses = garbage.status === 401;
  if (!refuses || published.issuer === undefined) {
    const why = refuses ? "The issuer is not known." : "It accepts a malformed token.";
    findings.skip("unsigned-token", why);
    findings.skip("forged-token", why);
  } else {
    const claims = { ...published, issuer: published.issuer, now: visit.clock() };
    const unsigned = await tryAsk(bearer(unsignedToken(claims)));
    judgeBadToken(visit, "unsigned-token", unsigned, "anyone can write such a token");
    if (unsigned.status === 401) {
      const forged = await tryAsk(bearer(await forgedToken(claims, nameable(published.keys))));
      judgeBadToken(visit, "forged-token", forged, "signatures are not verified");
    } else {
      findings.skip("forged-token", "It accepts a token without a signature.");
    }
  }

  await checkQuery(visit, request, refusal);
  const session = await tryAsk(visit.ask(url, request({ "mcp-session-id": randomUUID() })));
  if (session.status === 401) findings.pass("session-only", "401");
  else if (session.status !== undefined && isSuccess(session.status)) {
    findings.fail("session-only", `An invented session id was answered with ${session.status}.`);
  } else if (session.status !== undefined) {
    findings.warn(
      "session-only",
      `${session.status}, not 401: the server checks the session before the token.`,
    );
  }
  return garbage.status === undefined ? undefined : garbage;
}

function judgeBadToken(
  { findings }: Visit,
  check: CheckId,
  answer: Awaited<ReturnType<typeof tryAsk>>,
  meaning: string,
): void {
  const { status } = answer;
  if (status === 401) findings.pass(check, "401");
  else if (status === undefined) findings.fail(check, `The request failed: ${answer.problem}.`);
  else if (isSuccess(status)) findings.fail(check, `It was accepted (${status}): ${meaning}.`);
  else if (status === 429) findings.skip(check, "429: too many attempts; try again later.");
  else if (status === 503) findings.skip(check, "503: the server cannot validate tokens now.");
  else findings.fail(check, `${status}, not 401.`);
}

/** Sends the same request with and without a token in the URL, and compares the answers. */
async function checkQuery(
  visit: Visit,
  request: AnonymousAccess["request"],
  refusal: ProbeAnswer,
): Promise<void> {
  const { findings } = visit;
  const url = new URL(visit.url);
  url.searchParams.set("access_token", GARBAGE);
  const answer = await tryAsk(visit.ask(url, request()));
  if (answer.status === undefined) return;
  const error = readChallenge(answer)?.error;
  if (isSuccess(answer.status)) {
    findings.fail("query-token", `An invented token in the URL was accepted (${answer.status}).`);
  } else if (answer.status === 401 && error !== readChallenge(refusal)?.error) {
    findings.fail(
      "query-token",
      `With access_token in the URL the challenge says error="${error ?? ""}": it was read.`,
    );
  } else if (answer.status >= 500) {
    findings.fail("query-token", `${answer.status}: the server read it and failed.`);
  } else {
    findings.pass("query-token", `${answer.status}, as without it.`);
  }
}
