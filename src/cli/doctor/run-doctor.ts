import type { Clock } from "../../core/clock.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { createOutboundFetch } from "../../net/guarded-fetch.js";
import { OutboundError, type OutboundFetch } from "../../net/outbound-fetch.js";
import { checkAnonymous, checkBadCredentials } from "./checks/access.js";
import { checkAuthorizationServer } from "./checks/authorization-server.js";
import { checkBrowser } from "./checks/browser.js";
import { checkChallenge, checkInvalidTokenChallenge } from "./checks/challenge.js";
import { checkClient, type ClientName } from "./checks/client-needs.js";
import { checkConnection } from "./checks/connection.js";
import { Findings, type Finding } from "./finding.js";
import { checkKeySet } from "./checks/key-set.js";
import { checkResourceMetadata } from "./checks/resource-metadata.js";
import { createAsk, type Visit } from "./visit.js";

export interface DoctorRun {
  /** The server's MCP endpoint, as a user types it into a client. */
  readonly url: string;
  readonly client?: ClientName | undefined;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Called with the current step. */
  readonly onStep?: (text: string) => void;
}

/**
 * Checks a running MCP server from outside, like a client: it need not use
 * this package. Sends only invalid credentials, and opens
 * no session that it does not close. Never throws for what a server does.
 *
 * One cause gives one finding: checks that depend on it are skipped.
 */
export async function runDoctor(run: DoctorRun): Promise<readonly Finding[]> {
  const step = run.onStep ?? (() => undefined);
  const findings = new Findings();
  const ask = createAsk(run.env);
  // Checks the connection first, because it shows whether the network is private.
  const visit = (fetch: OutboundFetch): Visit => ({
    typed: run.url,
    url: new URL(run.url),
    findings,
    clock: run.clock,
    env: run.env,
    ask,
    fetch,
  });

  step(`connecting to ${new URL(run.url).host}`);
  const { works, isPrivate } = await checkConnection(visit(() => Promise.reject(new Error())));
  if (!works) return findings.list();
  // A document of a public server must not make this machine call private addresses.
  const guarded = createOutboundFetch({
    timeoutMs: 10_000,
    env: run.env,
    allowPrivateAddresses: isPrivate,
  });
  const at = visit(isLoopbackHost(new URL(run.url).hostname) ? guarded : withoutLoopback(guarded));

  step("sending requests without a token");
  const access = await checkAnonymous(at);
  const challenge = checkChallenge(at, access.refusal);
  step("reading the protected resource metadata");
  const resource = await checkResourceMetadata(at, challenge);
  step("reading the authorization server's metadata");
  const server = await checkAuthorizationServer(at, resource);
  step("reading the key set");
  const keys = server === undefined ? [] : await checkKeySet(at, server.metadata);
  step("sending invalid tokens");
  const refusal = await checkBadCredentials(at, access, {
    issuer: resource.issuer,
    resource: resource.resource ?? run.url,
    keys,
  });
  checkInvalidTokenChallenge(at, refusal);
  step("sending requests as a web page");
  await checkBrowser(at, access.refusal !== undefined);
  if (run.client !== undefined) checkClient(at, run.client, { isPrivate, server });
  return findings.list();
}

/** A document of a remote server must not reach services on loopback. */
function withoutLoopback(fetch: OutboundFetch): OutboundFetch {
  return (target, request) => {
    const { hostname, host } = new URL(target);
    return isLoopbackHost(hostname)
      ? Promise.reject(new OutboundError("address_refused", `${host} is loopback`))
      : fetch(target, request);
  };
}
