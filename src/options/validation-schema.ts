import { z } from "zod";
import { ASYMMETRIC_ALGORITHMS, HMAC_ALGORITHMS } from "../core/algorithms.js";
import { introspection } from "./introspection-schema.js";
import { aFunction, DAY, oneOrMore, seconds, texts } from "./schema-parts.js";

const algorithm = z.enum([...ASYMMETRIC_ALGORITHMS, ...HMAC_ALGORITHMS]);

const claimMapping = z
  .object({
    scopes: texts.optional(),
    appScopes: z.object({ claims: texts, isAppOnly: aFunction }).strict().optional(),
    scopePrefix: z.string().optional(),
    subject: z.string().min(1).optional(),
    clientId: texts.optional(),
  })
  .strict();

const claimShape = {
  issuer: z.string().min(1).optional(),
  audience: z.union([z.string().min(1), texts]).optional(),
  clockToleranceSeconds: seconds(120).optional(),
  clientIds: texts.optional(),
  equals: z.record(z.string()).optional(),
  requireSubject: z.boolean().optional(),
  requireClientId: z.boolean().optional(),
  claims: claimMapping.optional(),
};

const signatureShape = {
  jwksUri: z.string().url().optional(),
  publicKey: z.union([z.string().min(1), z.record(z.unknown())]).optional(),
  secret: z.union([z.string(), z.instanceof(Uint8Array), aFunction]).optional(),
  secretOverlapSeconds: seconds(30 * DAY).optional(),
  secretTtlSeconds: seconds(DAY).optional(),
  algorithms: z.array(algorithm).nonempty().readonly().optional(),
  allowJwtTyp: z.boolean().optional(),
  jwksTtlSeconds: z.number().min(1).max(DAY).optional(),
  jwksMaxStaleSeconds: seconds(30 * DAY).optional(),
  cacheSeconds: seconds(DAY).optional(),
};

export const jwtValidation = z
  .object({ type: z.literal("jwt"), ...claimShape, ...signatureShape })
  .strict();

const validation = z.discriminatedUnion("type", [
  jwtValidation,
  z
    .object({
      type: z.literal("introspection"),
      ...claimShape,
      introspection: introspection.optional(),
    })
    .strict(),
  z
    .object({
      type: z.literal("hybrid"),
      ...claimShape,
      ...signatureShape,
      introspection: introspection.optional(),
      continueSeconds: seconds(DAY).optional(),
    })
    .strict(),
  z
    .object({
      type: z.literal("custom"),
      validate: aFunction,
      audience: claimShape.audience,
      cacheSeconds: seconds(DAY).optional(),
      negativeCacheSeconds: seconds(DAY).optional(),
      timeoutSeconds: seconds(60).optional(),
    })
    .strict(),
  z
    .object({
      type: z.literal("static"),
      /** What a token may stand for is checked by the validator, whose messages name no token. */
      tokens: z.record(z.unknown()),
      dangerouslyAllowInProduction: z.boolean().optional(),
    })
    .strict(),
]);

/** zod's shape of {@link ValidationGroup}. */
export const validationShape = {
  validation: oneOrMore(validation).optional(),
  introspection: introspection.optional(),
  issuers: aFunction.optional(),
  enrich: aFunction.optional(),
};
