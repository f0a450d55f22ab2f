import { randomUUID } from "node:crypto";
import type { VerificationKey } from "../../../keys/jwk.js";
import type { ProbeAnswer, ProbeRequest } from "../../../net/probe.js";
import type { CheckId } from "../catalogue.js";
import { readChallenge } from "./challenge.js";
import { forgedToken, nameable, unsignedToken } from "./forgeries.js";
import { isSuccess, openStream, post, tryAsk, type Visit } from "../visit.js";

/** What was learned by knocking without a key. */
export interface AnonymousAccess {
  /** The 401 to look for a challenge in; absent where there was none. */
  readonly refusal: ProbeAnswer | undefined;
  /** How to send a request that needs a token: POST, or GET on the older SSE transport. */
  readonly request: (headers?: Readonly<Record<string, string>>) => ProbeRequest;
  /** Whether credentials are asked for at all, so that bad ones can be tried. */
  readonly asksForToken: boolean;
}

/** Requests without any credentials. */
export async function checkAnonymous(visit: Visit): Promise<AnonymousAccess> {
  const { url, findings } = visit;
  const initialize = await tryAsk(visit.ask(url, post("initialize")));
  const stream = await tryAsk(visit.ask(url, openStream()));
  const asPost = (headers?: Readonly<Record<string, string>>) => post("tools/list", headers);

  // The older transport takes POST elsewhere, at a URL that its stream names.
  const isSse =
    (initialize.status === 404 || initialize.status === 405) &&
    stream.status !== undefined &&
    (stream.status === 401 || isEventStream(stream));
  if (isSse) {
    findings.skip("anonymous-initialize", "The SSE transport takes no POST here.");
    findings.skip("anonymous-tools", "The SSE transport takes no POST here.");
  } else if (initialize.status === undefined) {
    findings.fail("anonymous-initialize", `To POST there is ${initialize.problem}.`);
  } else {
    judge(visit, "anonymous-initialize", initialize);
    if (initialize.status === 401 || isSuccess(initialize.status)) {
      const session = initialize.headers.get("mcp-session-id");
      const headers = session === null ? {} : { "mcp-session-id": session };
      const tools = await tryAsk(visit.ask(url, post("tools/list", headers)));
      if (tools.status !== undefined) judge(visit, "anonymous-tools", tools);
      // Leave nothing behind at a server that let us in.
      if (session !== null) await tryAsk(visit.ask(url, { method: "DELETE", headers }));
    } else {
      findings.skip("anonymous-tools", "initialize was not answered as it should be.");
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
    findings.fail(check, `It was answered (${status}): anybody can use this server.`);
  } else if (status === 404) {
    findings.fail(check, "404, not 401.", "Check the path: is the MCP endpoint really here?");
  } else if (status === 403) {
    findings.fail(check, "403, not 401.", "403 says that no token would help; answer 401.");
  } else {
    findings.fail(check, `${status}, not 401.`);
  }
}

function judgeStream({ findings }: Visit, stream: ProbeAnswer, post: number | undefined): void {
  const { status } = stream;
  if (status === 401) findings.pass("anonymous-get", "401");
  else if (status === 405) findings.pass("anonymous-get", "405: there is no stream.");
  else if (isEventStream(stream)) {
    findings.fail("anonymous-get", "A stream was opened: whoever holds it reads along.");
  } else if (post !== 401) {
    findings.skip("anonymous-get", `${status}, as to POST.`);
  } else {
    findings.warn("anonymous-get", `${status}, not 401: it looks at the request before the token.`);
  }
}

function isEventStream({ status, headers }: ProbeAnswer): boolean {
  return isSuccess(status) && (headers.get("content-type") ?? "").startsWith("text/event-stream");
}

/** Looks like a token of no server; never a real one. */
const GARBAGE = "mcp-oauth-doctor-this-is-not-a-token";

/** What a forger would know: everything that is published. */
export interface Published {
  readonly issuer: string | undefined;
  readonly resource: string;
  readonly keys: readonly VerificationKey[];
}

/**
 * Requests with credentials that must not work. Each is told from the anonymous
 * refusal, so that one cause gives one finding.
 *
 * @returns the refusal of a token that is none, whose challenge is worth a look
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
  judgeBadToken(visit, "garbage-token", garbage, "it is no token at all");

  const refuses = garbage.status === 401;
  if (!refuses || published.issuer === undefined) {
    const why = refuses
      ? "The issuer is not known."
      : "It does not even refuse a token that is none.";
    findings.skip("unsigned-token", why);
    findings.skip("forged-token", why);
  } else {
    const claims = { ...published, issuer: published.issuer, now: visit.clock() };
    const unsigned = await tryAsk(bearer(unsignedToken(claims)));
    judgeBadToken(visit, "unsigned-token", unsigned, "anybody can write one");
    if (unsigned.status === 401) {
      const forged = await tryAsk(bearer(await forgedToken(claims, nameable(published.keys))));
      judgeBadToken(visit, "forged-token", forged, "signatures are not verified");
    } else {
      findings.skip("forged-token", "It does not even refuse one without a signature.");
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
      `${session.status}, not 401: it looks at the session before the token.`,
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
  else if (status === undefined) findings.fail(check, `There is ${answer.problem}.`);
  else if (isSuccess(status)) findings.fail(check, `It was accepted (${status}): ${meaning}.`);
  else if (status === 429) findings.skip(check, "429: too many attempts; try again later.");
  else if (status === 503) findings.skip(check, "503: the server cannot tell right now.");
  else findings.fail(check, `${status}, not 401.`);
}

/** The same request with and without: a server that reads the query answers differently. */
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
    findings.fail("query-token", `${answer.status}: it was read, and something broke.`);
  } else {
    findings.pass("query-token", `${answer.status}, as without.`);
  }
}
