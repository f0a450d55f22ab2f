import { z } from "zod";
import { apiKeyShape } from "./api-keys-schema.js";
import { healthShape, limitsShape, networkShape } from "./operations-schema.js";
import { aFunction, DAY, headerName, seconds, texts } from "./schema-parts.js";
import { senderShape } from "./sender-schema.js";
import { validationShape } from "./validation-schema.js";

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
    initial: texts.optional(),
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

export const optionsSchema = z
  .object({
    resource: z.string().min(1),
    authorizationServers: z.array(z.string().min(1)).readonly(),
    ...validationShape,
    ...senderShape,
    ...networkShape,
    ...limitsShape,
    ...healthShape,
    ...apiKeyShape,
    scopes: z.union([texts, scopeOptions]).optional(),
    scopePrefix: z
      .string()
      .regex(
        /^[\x21\x23-\x5b\x5d-\x7e]*$/,
        "must be the front of a scope, without spaces and quotes",
      )
      .optional(),
    headerName: headerName.optional(),
    exposeToken: z.boolean().optional(),
    allowedOrigins: z.union([z.literal("*"), texts]).optional(),
    streamRenewalSeconds: seconds(3_600).optional(),
    maxBodyBytes: z.number().int().min(1).optional(),
    verifyAtStart: z.enum(["warn", "fail", "off"]).optional(),
    toolChallenges: z.enum(["http", "result"]).optional(),
    metadata: metadata.optional(),
    audit: z.union([aFunction, z.array(aFunction).readonly()]).optional(),
    onError: aFunction.optional(),
    clock: aFunction.optional(),
    fetch: aFunction.optional(),
  })
  .strict();
