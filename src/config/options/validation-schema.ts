import { z } from "zod";
import { DAY, seconds, texts } from "./schema-parts.js";

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

/** zod's shape of {@link ValidationGroup}. */
export const validationShape = {
  validation: jwtValidation.optional(),
};
