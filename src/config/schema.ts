import { z } from "zod";
import { ConfigurationError } from "../errors.js";
import { nearest } from "./nearest.js";
import type { OAuthAuthProviderOptions } from "./options.js";

const texts = z.array(z.string().min(1)).readonly();
const seconds = (max: number): z.ZodNumber => z.number().finite().min(0).max(max);
const DAY = 86_400;
const algorithm = z.enum([
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "HS256",
  "HS384",
  "HS512",
]);

const claimMapping = z
  .object({
    scopes: texts.optional(),
    scopePrefix: z.string().optional(),
    subject: z.string().min(1).optional(),
    clientId: texts.optional(),
  })
  .strict();

const jwtValidation = z
  .object({
    type: z.literal("jwt"),
    issuer: z.string().min(1).optional(),
    audience: z.union([z.string().min(1), texts]).optional(),
    jwksUri: z.string().url().optional(),
    publicKey: z.union([z.string().min(1), z.record(z.unknown())]).optional(),
    secret: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
    algorithms: z.array(algorithm).nonempty().readonly().optional(),
    clockToleranceSeconds: seconds(120).optional(),
    allowJwtTyp: z.boolean().optional(),
    clientIds: texts.optional(),
    equals: z.record(z.string()).optional(),
    requireSubject: z.boolean().optional(),
    requireClientId: z.boolean().optional(),
    claims: claimMapping.optional(),
    jwksTtlSeconds: z.number().min(1).max(DAY).optional(),
    jwksMaxStaleSeconds: seconds(30 * DAY).optional(),
    cacheSeconds: seconds(DAY).optional(),
  })
  .strict();

const metadata = z
  .object({
    resourceName: z.string().min(1).optional(),
    documentation: z.string().url().optional(),
    policyUri: z.string().url().optional(),
    termsOfServiceUri: z.string().url().optional(),
    aliases: z.array(z.string().startsWith("/")).readonly().optional(),
    mirrorAuthorizationServer: z.boolean().optional(),
  })
  .strict();

const aFunction = z.custom<never>((value) => typeof value === "function", "must be a function");

/** Names only: what a requirement may look like is checked where it is compiled. */
const scopeOptions = z
  .object({
    required: z.unknown(),
    operations: z.record(z.unknown()).optional(),
    tools: z.record(z.unknown()).optional(),
    resources: z.record(z.unknown()).optional(),
    prompts: z.record(z.unknown()).optional(),
    implies: z.record(texts).optional(),
    wildcards: z.boolean().optional(),
    lists: z.enum(["filtered", "all"]).optional(),
    challengeScopes: z.enum(["required", "granted+required"]).optional(),
    descriptions: z.record(z.string()).optional(),
    supported: texts.optional(),
    authorize: aFunction.optional(),
    anonymous: z
      .object({
        methods: texts.optional(),
        tools: texts.optional(),
        resources: texts.optional(),
        prompts: texts.optional(),
      })
      .strict()
      .optional(),
    authentication: z
      .object({
        required: z.unknown(),
        operations: z.record(z.unknown()).optional(),
        tools: z.record(z.unknown()).optional(),
        resources: z.record(z.unknown()).optional(),
        prompts: z.record(z.unknown()).optional(),
      })
      .strict()
      .optional(),
  })
  .strict();

const options = z
  .object({
    resource: z.string().min(1),
    authorizationServers: z.array(z.string().min(1)).nonempty().readonly(),
    validation: jwtValidation.optional(),
    scopes: z.union([texts, scopeOptions]).optional(),
    headerName: z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be an HTTP header name")
      .optional(),
    exposeToken: z.boolean().optional(),
    allowedOrigins: z.union([z.literal("*"), texts]).optional(),
    streamGraceSeconds: seconds(DAY).optional(),
    maxBodyBytes: z.number().int().min(1).optional(),
    verifyAtStart: z.enum(["warn", "fail", "off"]).optional(),
    metadata: metadata.optional(),
    audit: aFunction.optional(),
    clock: aFunction.optional(),
    fetch: aFunction.optional(),
  })
  .strict();

/**
 * Checks the shape of the options: types, ranges and names. What options mean
 * together is checked in `rules.ts`.
 *
 * @throws ConfigurationError that names the option, and the nearest name for one that is unknown
 */
export function parseOptions(value: unknown): OAuthAuthProviderOptions {
  const parsed = options.safeParse(value);
  if (parsed.success) return parsed.data as unknown as OAuthAuthProviderOptions;
  const [issue] = flatten(parsed.error.issues);
  if (issue === undefined) throw new ConfigurationError("ERR_OAUTH_OPTION_INVALID", "Bad options.");
  const path = formatPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = nearest(key, knownKeys(issue.path));
    throw new ConfigurationError(
      "ERR_OAUTH_OPTION_UNKNOWN",
      `Unknown option "${path === "" ? key : `${path}.${key}`}"` +
        (known === undefined ? "; remove it." : `; did you mean "${known}"?`),
    );
  }
  const missing = issue.code === "invalid_type" && issue.received === "undefined";
  throw new ConfigurationError(
    missing ? "ERR_OAUTH_OPTION_MISSING" : "ERR_OAUTH_OPTION_INVALID",
    missing ? `Option "${path}" is missing.` : `Option "${path}": ${issue.message}.`,
  );
}

/** A union's issues hide what is wrong in the alternative that was meant. */
function flatten(issues: readonly z.ZodIssue[]): z.ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union") return [issue];
    const deepest = issue.unionErrors
      .map((error) => flatten(error.issues))
      .sort((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0];
    return deepest?.[0] !== undefined && deepest[0].path.length > issue.path.length
      ? deepest
      : [{ ...issue, message: "has a value of the wrong type" }];
  });
}

/** The names that are right at a path. */
function knownKeys(path: readonly (string | number)[]): string[] {
  let schema: z.ZodTypeAny = options;
  for (const part of path) {
    while (schema instanceof z.ZodOptional) schema = schema.unwrap() as z.ZodTypeAny;
    if (!(schema instanceof z.ZodObject)) return [];
    const shape = schema.shape as Record<string, z.ZodTypeAny>;
    const next = shape[String(part)];
    if (next === undefined) return [];
    schema = next;
  }
  while (schema instanceof z.ZodOptional) schema = schema.unwrap() as z.ZodTypeAny;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape as object) : [];
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}
