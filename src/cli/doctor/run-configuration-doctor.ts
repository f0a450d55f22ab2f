import type { Clock } from "../../core/clock.js";
import { createProtection } from "../../wiring/create-protection.js";
import { createTokenValidator } from "../../wiring/validation/create-token-validator.js";
import type { Protection } from "../../gate/protection.js";
import type { Settings } from "../../options/settings.js";
import { createValidationContext, waysOut } from "../../wiring/validation/validation-context.js";
import { ConfigurationError } from "../../core/errors.js";
import { createOutboundFetch } from "../../net/guarded-fetch.js";
import { checkAuthorizationServer } from "./checks/authorization-server.js";
import { Findings, type Finding } from "./finding.js";
import { checkKeySet, checkKeySetAt } from "./checks/key-set.js";
import { reportRequirements, type RequirementsReport } from "./requirements.js";
import { createAsk, type Visit } from "./visit.js";

export interface ConfigurationRun {
  /** Reads the options; an error about the configuration is a finding. */
  readonly load: () => Settings;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly onStep?: (text: string) => void;
}

export interface ConfigurationFindings {
  readonly findings: readonly Finding[];
  /** Absent if no provider can be built. */
  readonly requirements?: RequirementsReport;
}

/**
 * Looks at a configuration before it runs: whether a provider can be built of
 * it, and whether what that provider will ask later answers, by the provider's
 * own way out of the process.
 *
 * Does not call the server, which need not run.
 */
export async function runConfigurationDoctor(
  run: ConfigurationRun,
): Promise<ConfigurationFindings> {
  const step = run.onStep ?? (() => undefined);
  const findings = new Findings();
  step("reading the configuration");
  const loaded = loadOptions(run, findings);
  if (loaded === undefined) return { findings: findings.list() };
  await askDependencies(run, loaded.options, findings, step);
  const requirements = reportRequirements((granted) => loaded.protection.requirements(granted));
  return { findings: findings.list(), requirements };
}

async function askDependencies(
  run: ConfigurationRun,
  options: Settings,
  findings: Findings,
  step: (text: string) => void,
): Promise<void> {
  const [issuer] = options.authorizationServers;
  if (issuer === undefined || options.authMode === "api_key" || !options.enabled) return;

  const visit: Visit = {
    typed: options.resource,
    url: new URL(options.resource),
    findings,
    clock: run.clock,
    env: run.env,
    ask: createAsk(run.env),
    fetch: options.fetch ?? createOutboundFetch({ ...waysOut(options), env: run.env }),
  };
  step("reading the authorization server's metadata");
  const server = await checkAuthorizationServer(visit, {
    issuer,
    resource: options.resource,
    scopes: [options.scopes.required ?? []].flat().filter((term) => typeof term === "string"),
  });
  step("reading the key set");
  for (const entry of options.validation) {
    if (entry.type !== "jwt" && entry.type !== "hybrid") continue;
    const { jwksUri, publicKey, secret, issuer: own } = entry;
    if (jwksUri !== undefined) await checkKeySetAt(visit, jwksUri);
    else if (publicKey !== undefined || secret !== undefined) {
      findings.skip("key-set", "The keys are in the configuration.");
    } else if (server !== undefined && own === issuer) {
      await checkKeySet(visit, server.metadata);
    }
  }
  await checkIntrospection(visit, options, run.clock, step);
}

function loadOptions(
  { load }: ConfigurationRun,
  findings: Findings,
): { readonly options: Settings; readonly protection: Protection } | undefined {
  try {
    const options = load();
    // Some mistakes appear only when the parts are built: keys, patterns of scopes.
    const protection = createProtection(options);
    if (options.enabled) {
      findings.pass(
        "env-options",
        `${options.resource} trusts ${options.authorizationServers.join(", ")}.`,
      );
    } else {
      findings.warn("env-options", `${options.resource} lets every client do everything.`);
    }
    return { options, protection };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // The message names the option and the fix, and no secret.
    findings.fail("env-options", error.message);
    return undefined;
  }
}

async function checkIntrospection(
  { findings }: Visit,
  options: Settings,
  clock: Clock,
  step: (text: string) => void,
): Promise<void> {
  const { probes } = createTokenValidator(createValidationContext(options, clock));
  if (probes.length === 0) return;
  step("calling the introspection endpoint");
  for (const probe of probes) {
    const problem = await probe();
    if (problem === undefined) findings.pass("env-introspection", "The endpoint answers.");
    else findings.fail("env-introspection", problem.line);
  }
}
