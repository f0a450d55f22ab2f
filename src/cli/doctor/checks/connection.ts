import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isLoopbackHost } from "../../../core/urls/loopback.js";
import { createAddressPolicy } from "../../../net/address-policy.js";
import {
  inspectCertificate,
  ProbeError,
  type CertificateReport,
  type ProbeAnswer,
} from "../../../net/probe.js";
import { proxyFor } from "../../../net/proxy.js";
import type { Findings } from "../finding.js";
import { openStream, tryAsk, type Visit } from "../visit.js";

const DAY = 86_400;
/** Automatic renewal happens a month ahead, so less than this means that it failed. */
const EXPIRY_WARNING_DAYS = 14;
const CLOCK_WARNING_SECONDS = 10;
const CLOCK_FAILURE_SECONDS = 60;

/** The result of the connection checks. */
export interface Connection {
  /** Whether further checks are possible. */
  readonly works: boolean;
  /** On loopback or in a private network, so that URLs in its documents may be private too. */
  readonly isPrivate: boolean;
}

/** DNS, TLS, reachability and clock, in this order; the first that fails skips the others. */
export async function checkConnection(visit: Visit): Promise<Connection> {
  const { url, findings, env } = visit;
  const loopback = isLoopbackHost(url.hostname);
  const proxied = proxyFor(url, env) !== undefined;

  const addresses = proxied ? [] : await checkDns(visit);
  if (addresses === undefined) return { works: false, isPrivate: false };
  if (proxied) findings.skip("dns", "A proxy resolves the name.");
  const refusalOf = createAddressPolicy(false);
  const isPrivate =
    loopback || addresses.some((address) => refusalOf(address, url.hostname) !== undefined);

  if (url.protocol === "https:") {
    findings.pass("https", "https");
    if (proxied) findings.skip("tls", "The connection through the proxy checks the certificate.");
    else if (!(await checkTls(visit))) return { works: false, isPrivate };
  } else if (loopback) {
    findings.pass("https", "Plain http on loopback.");
  } else {
    findings.fail("https", `${url.protocol}//${url.host} is not encrypted: tokens can be read.`);
  }

  const sentAt = visit.clock();
  const answer = await tryAsk(visit.ask(url, openStream()));
  if (answer.status === undefined) {
    findings.fail("reachable", `${capital(answer.problem)}.`);
    return { works: false, isPrivate };
  }
  findings.pass("reachable", `It answers (${answer.status} to GET).`);
  checkClock(visit, answer, sentAt);
  return { works: true, isPrivate };
}

async function checkDns({ url, findings }: Visit): Promise<readonly string[] | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) {
    findings.pass("dns", "The URL has an address instead of a name.");
    return [host];
  }
  try {
    const found = (await lookup(host, { all: true })).map(({ address }) => address);
    findings.pass("dns", found.join(", "));
    return found;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    findings.fail("dns", `${host} does not resolve (${code}).`);
    return undefined;
  }
}

async function checkTls({ url, findings, clock }: Visit): Promise<boolean> {
  try {
    const report = await inspectCertificate(url.hostname, Number(url.port || 443));
    return judgeCertificate(findings, report, clock());
  } catch (error) {
    const code = error instanceof ProbeError ? error.code : "FAILED";
    if (code === "ECONNREFUSED") findings.fail("reachable", "Nothing listens on the port.");
    else findings.fail("tls", `No TLS handshake (${code}).`);
    return false;
  }
}

/**
 * Reports on a certificate; false if clients refuse it.
 *
 * @param now seconds since the epoch
 */
export function judgeCertificate(
  findings: Findings,
  { problem, expiresAt, protocol }: CertificateReport,
  now: number,
): boolean {
  if (problem !== undefined) {
    const words = TLS_PROBLEMS[problem] ?? "The certificate is not trusted";
    findings.fail("tls", `${words} (${problem}).`);
    return false;
  }
  const days = expiresAt === undefined ? undefined : Math.floor((expiresAt - now) / DAY);
  if (days !== undefined && days < EXPIRY_WARNING_DAYS) {
    findings.warn("tls", `The certificate expires in ${days} days.`);
  } else {
    findings.pass("tls", `${protocol}${days === undefined ? "" : `, ${days} days left`}.`);
  }
  return true;
}

const TLS_PROBLEMS: Readonly<Record<string, string | undefined>> = {
  CERT_HAS_EXPIRED: "The certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "The certificate comes from an unknown certificate authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The server does not send the intermediate certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate is for another name",
};

function checkClock({ clock, findings }: Visit, { headers }: ProbeAnswer, sentAt: number): void {
  const date = Date.parse(headers.get("date") ?? "") / 1000;
  if (Number.isNaN(date)) {
    findings.skip("clock", "The server sends no Date.");
    return;
  }
  // The header has whole seconds: half a second is the best estimate for the rest.
  const difference = date + 0.5 - (sentAt + clock()) / 2;
  const seconds = Math.round(Math.abs(difference));
  const words = `Its clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} this machine's.`;
  if (seconds > CLOCK_FAILURE_SECONDS) findings.fail("clock", words);
  else if (seconds > CLOCK_WARNING_SECONDS) findings.warn("clock", words);
  else findings.pass("clock", seconds <= 1 ? "They agree." : words);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
