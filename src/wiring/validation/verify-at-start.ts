import type { AuthorizationServerDiscovery } from "../../discovery/authorization-server-discovery.js";
import { describeAuthorizationServer } from "../../discovery/authorization-server-findings.js";
import { ConfigurationError } from "../../core/errors.js";

/**
 * Looks whether clients will find their way to each authorization server, once,
 * at start. With "warn" the server starts meanwhile; with "fail" it waits, and
 * does not start if a check fails.
 *
 * @param say takes one line per finding: `error` where tokens are accepted that should not be
 * @param probes look at what else will be asked later
 * @throws ConfigurationError with "fail"
 */
export async function verifyAuthorizationServers(
  mode: "warn" | "fail" | "off",
  discoveries: readonly AuthorizationServerDiscovery[],
  say: (line: string, level: "warn" | "error") => void,
  probes: readonly Probe[] = [],
): Promise<void> {
  if (mode === "off") return;
  const tell = ({ line, level = "warn" }: Problem): void => say(line, level);
  const checked = Promise.all([
    ...discoveries.map(problemsOf),
    ...probes.map(async (probe) => [(await probe()) ?? []].flat()),
  ]);
  if (mode === "warn") {
    void checked.then((problems) => problems.flat().forEach(tell));
    return;
  }
  const problems = (await checked).flat();
  problems.forEach(tell);
  const [worst] = problems.filter(({ fatal }) => fatal);
  if (worst !== undefined) {
    throw new ConfigurationError("ERR_OAUTH_AUTHORIZATION_SERVER", worst.line);
  }
}

/** What is wrong with something that will be asked later, or `undefined`. */
export type Probe = () => Promise<Problem | undefined>;

export interface Problem {
  readonly line: string;
  /** With "fail" the server does not start. */
  readonly fatal: boolean;
  /** @default "warn" */
  readonly level?: "warn" | "error";
}

async function problemsOf(discovery: AuthorizationServerDiscovery): Promise<Problem[]> {
  const { issuer } = discovery;
  try {
    const metadata = await discovery.get();
    return describeAuthorizationServer(metadata, issuer)
      .filter(({ ok }) => !ok)
      .map(({ message, severity }) => ({
        line: `authorization server ${issuer}: ${message}`,
        fatal: severity === "error",
      }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown error";
    return [
      { line: `authorization server ${issuer}: no usable metadata (${reason})`, fatal: true },
    ];
  }
}
