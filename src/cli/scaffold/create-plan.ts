import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { usageError } from "../cli-error.js";
import { nearest } from "../../options/nearest.js";
import { issuerProblem, nameProblem, resourceProblem } from "./questions/answers.js";
import { Fragment } from "./file-syntax.js";
import { authorizationServerVariables, samValues } from "./provider-variables.js";
import { providerNotes } from "./provider-notes.js";
import { EMBEDDED, findProvider, OTHER, PROVIDERS, type ProviderChoice } from "./providers.js";
import { templateNames, type TemplateValues } from "./template.js";

/** The options of the command line. */
export interface CreateOptions {
  readonly http?: boolean;
  readonly sse?: boolean;
  readonly cors?: boolean;
  readonly port?: number;
  readonly oauth?: boolean;
  readonly install?: boolean;
  readonly example?: boolean;
  readonly provider?: string;
  readonly token?: "jwt" | "introspection";
  readonly template?: string;
  readonly issuer?: string;
  readonly resource?: string;
  readonly yes?: boolean;
}

/** Asks for the values that a plan needs. */
export interface CreateQuestions {
  name(): Promise<string>;
  provider(): Promise<string>;
  issuer(provider: ProviderChoice): Promise<string>;
  resource(suggestion: string): Promise<string>;
}

/** The complete plan of a project. */
export interface CreatePlan {
  readonly name: string;
  readonly template: string;
  readonly provider: ProviderChoice;
  readonly transport: "http-stream" | "sse";
  readonly cors: boolean;
  readonly port: number;
  readonly install: boolean;
  readonly example: boolean;
  readonly resource: string;
  readonly issuer: string;
  /** Whether the issuer is a real one, not the provider's example. */
  readonly hasIssuer: boolean;
  /** Whether all values are real, so that a `.env` can be written. */
  readonly isConfigured: boolean;
}

/** Templates with a known issuer. */
const SELF_CONTAINED: ReadonlySet<string> = new Set([EMBEDDED, "redis", "api-key", "multi-issuer"]);

/** Templates that run with NODE_ENV=production: localhost is neither their address nor their issuer's. */
const PRODUCTION: ReadonlySet<string> = new Set(["redis"]);
/** Never taken for a real address: the environment's reader knows `your-domain`. */
const PUBLIC_EXAMPLE = "https://your-domain.example.com";

/**
 * Makes a plan from the options and, at a terminal, from answers.
 *
 * @param questions `undefined` in a pipe: a missing value is then an error that names its flag
 * @throws CliError
 */
export async function makeCreatePlan(
  name: string | undefined,
  options: CreateOptions,
  questions: CreateQuestions | undefined,
): Promise<CreatePlan> {
  checkFlags(options);
  const projectName = name ?? (await questions?.name());
  if (projectName === undefined) {
    throw usageError("The project needs a name.", "Run: mcp-oauth create my-server.");
  }
  checkName(projectName);
  const provider = await chooseProvider(options, questions);
  const template = chooseTemplate(options, provider);
  if (options.sse === true && template === "serverless") {
    throw usageError("--sse cannot be used with the serverless template.", "Remove it.");
  }
  const transport = options.sse === true ? "sse" : "http-stream";
  const port = options.port ?? 8080;
  return {
    name: projectName,
    template,
    provider,
    transport,
    cors: options.cors === true,
    port,
    install: options.install !== false,
    example: options.example !== false,
    ...(await chooseAddresses(options, questions, { template, provider, transport, port })),
  };
}

/** The issuer and the server's URL: from the options, from answers, or the examples. */
async function chooseAddresses(
  options: CreateOptions,
  questions: CreateQuestions | undefined,
  {
    template,
    provider,
    transport,
    port,
  }: Pick<CreatePlan, "template" | "provider" | "transport" | "port">,
): Promise<Pick<CreatePlan, "issuer" | "resource" | "hasIssuer" | "isConfigured">> {
  const isProduction = PRODUCTION.has(template);
  const origin = isProduction ? PUBLIC_EXAMPLE : `http://localhost:${port}`;
  const example = `${origin}${endpointPath(transport)}`;
  if (provider.id === EMBEDDED) {
    const resource = options.resource ?? example;
    // The authorization server answers on the port of the MCP server.
    const issuer = options.issuer ?? originOf(resource) ?? provider.issuer;
    return { issuer, resource, hasIssuer: true, isConfigured: true };
  }
  const asks = options.yes === true ? undefined : questions;
  const issuer = options.issuer ?? (await asks?.issuer(provider));
  const resource = options.resource ?? (await asks?.resource(example));
  checkAnswer("--issuer", issuer, issuerProblem, isProduction);
  checkAnswer("--resource", resource, resourceProblem, isProduction);
  if (issuer === undefined && options.yes !== true && !SELF_CONTAINED.has(template)) {
    throw usageError(
      "The authorization server's issuer is missing.",
      `Set it with --issuer ${provider.issuer}, or fill in .env later with --yes.`,
    );
  }
  if (isProduction && resource === undefined && options.yes !== true) {
    throw usageError(
      `The public URL of the server is missing: the template ${template} runs in production.`,
      "Set it with --resource https://mcp.example.com/mcp, or fill in .env later with --yes.",
    );
  }
  return {
    issuer: issuer ?? provider.issuer,
    resource: resource ?? example,
    hasIssuer: issuer !== undefined,
    // At a terminal the example may have been accepted as it was.
    isConfigured: issuer !== undefined && !(isProduction && (resource ?? example) === example),
  };
}

function originOf(address: string): string | undefined {
  const url = parseAbsoluteUrl(address);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.origin : undefined;
}

/** Values of the placeholders in templates. */
export function templateValues(
  plan: CreatePlan,
  projectName: string,
  packageVersion: string,
): TemplateValues {
  const isSse = plan.transport === "sse";
  return {
    name: projectName,
    packageVersion: new Fragment(packageVersion),
    port: plan.port,
    transport: plan.transport,
    endpointPath: new Fragment(endpointPath(plan.transport)),
    resource: plan.resource,
    issuer: plan.issuer,
    provider: plan.provider.label,
    providerNotes: new Fragment(providerNotes(plan.provider)),
    authorizationServer: authorizationServerVariables(plan),
    ...samValues(plan),
    fromEnvArguments: new Fragment(plan.cors ? 'process.env, { allowedOrigins: "*" }' : ""),
    corsOption: new Fragment(plan.cors ? '\n          allowedOrigins: "*",' : ""),
    clientTransport: new Fragment(isSse ? "SSEClientTransport" : "StreamableHTTPClientTransport"),
    clientTransportModule: new Fragment(isSse ? "sse.js" : "streamableHttp.js"),
  };
}

function endpointPath(transport: CreatePlan["transport"]): string {
  return transport === "sse" ? "/sse" : "/mcp";
}

function checkFlags({ http, sse, oauth, port, issuer, resource }: CreateOptions): void {
  if (oauth === false) {
    throw usageError("Without OAuth there is nothing to add.", "Use mcp create.");
  }
  if (http === true && sse === true) {
    throw usageError("--http and --sse exclude each other.", "Remove one.");
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw usageError("--port must be a number from 1 to 65535.");
  }
  checkAnswer("--issuer", issuer, issuerProblem);
  checkAnswer("--resource", resource, resourceProblem);
}

/** @throws CliError */
function checkAnswer(
  flag: string,
  answer: string | undefined,
  problemOf: (answer: string) => string | undefined,
  isProduction = false,
): void {
  if (answer === undefined) return;
  const problem =
    problemOf(answer) ??
    (isProduction && !/^https:/i.test(answer)
      ? "It must use https: this template runs in production."
      : undefined);
  if (problem !== undefined) throw usageError(`${flag} ${JSON.stringify(answer)}: ${problem}`);
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw usageError(problem, `Found ${JSON.stringify(name)}.`);
}

async function chooseProvider(
  { provider, template, yes, issuer, token }: CreateOptions,
  questions: CreateQuestions | undefined,
): Promise<ProviderChoice> {
  const implied =
    provider ??
    impliedProvider(template, issuer, token) ??
    (yes === true ? EMBEDDED : await questions?.provider());
  if (implied === undefined) {
    throw usageError(
      "Which authorization server?",
      "Set --provider embedded (or auth0, okta, …), or accept the defaults with --yes.",
    );
  }
  const found = findProvider(implied);
  if (found !== undefined) return found;
  const ids = PROVIDERS.map(({ id }) => id);
  const meant = nearest(implied, ids);
  throw usageError(
    `There is no provider ${JSON.stringify(implied)}.`,
    meant === undefined ? `There are: ${ids.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function impliedProvider(
  template: string | undefined,
  issuer: string | undefined,
  token: string | undefined,
): string | undefined {
  if (template === EMBEDDED) return EMBEDDED;
  return template !== undefined || issuer !== undefined || token !== undefined ? OTHER : undefined;
}

function chooseTemplate({ template, token }: CreateOptions, provider: ProviderChoice): string {
  const names = templateNames();
  if (template !== undefined && !names.includes(template)) {
    throw usageError(`There is no template ${JSON.stringify(template)}.`, list(names));
  }
  const chosen = template ?? (provider.id === EMBEDDED ? EMBEDDED : (token ?? provider.token));
  checkCombination(chosen, token, provider);
  return chosen;
}

/** Every template, with every kind of token and every provider, is either right or refused here. */
function checkCombination(
  template: string,
  token: CreateOptions["token"],
  { id, label, token: issued, introspection }: ProviderChoice,
): void {
  if (template === EMBEDDED && token === "introspection") {
    throw usageError(
      "The embedded template's tokens are JWTs.",
      "For opaque tokens use --template introspection and run mcp-oauth dev.",
    );
  }
  if ((template === EMBEDDED) !== (id === EMBEDDED)) {
    throw template === EMBEDDED
      ? usageError(
          "The embedded template has its own authorization server.",
          `Remove --provider, or remove --template to use ${label}.`,
        )
      : usageError(
          `The template ${template} has no embedded authorization server.`,
          "Remove --provider: mcp-oauth dev starts one for development.",
        );
  }
  if (token !== undefined && token !== template && template !== EMBEDDED) {
    throw usageError(
      `--token ${token} cannot be used with the template ${template}.`,
      "Remove --token; OAUTH_TOKEN_TYPE in .env sets the token type.",
    );
  }
  if (template === "multi-issuer" && id !== OTHER) {
    throw usageError(
      "The template multi-issuer has two authorization servers, but --provider names one.",
      "Remove --provider and set both in .env.",
    );
  }
  if (template === "introspection" && introspection === undefined) {
    throw usageError(
      `${label} is not known to support introspection (RFC 7662).`,
      "Remove --token: its tokens are JWTs. If yours supports it, use --provider other --issuer.",
    );
  }
  if (template === "jwt" && issued !== "jwt") {
    throw usageError(
      `${label}'s tokens are opaque, or have no audience for this server.`,
      "Remove --token and --template.",
    );
  }
}

function list(names: readonly string[]): string {
  return `There are: ${names.join(", ")}.`;
}
