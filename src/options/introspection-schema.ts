import { z } from "zod";
import { aFunction, DAY, seconds } from "./schema-parts.js";

const secret = z.union([z.string().min(1), aFunction]);

/** zod's shape of {@link IntrospectionOptions}. */
export const introspection = z
  .object({
    endpoint: z.string().url().optional(),
    clientId: z.string().min(1).optional(),
    clientSecret: secret.optional(),
    authMethod: z
      .enum([
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "tls_client_auth",
        "bearer",
      ])
      .optional(),
    privateKey: secret.optional(),
    keyId: z.string().min(1).optional(),
    algorithm: z.string().min(1).optional(),
    token: secret.optional(),
    tls: z
      .object({
        cert: z.string().min(1).optional(),
        key: z.string().min(1).optional(),
        ca: z.string().min(1).optional(),
      })
      .strict()
      .optional(),
    cacheSeconds: seconds(DAY).optional(),
    negativeCacheSeconds: seconds(DAY).optional(),
    cacheTTL: z
      .number()
      .finite()
      .min(0)
      .max(DAY * 1000)
      .optional(),
    allowMissing: z
      .array(z.enum(["iss", "aud", "exp"]))
      .readonly()
      .optional(),
    signedResponse: z.boolean().optional(),
    timeoutSeconds: z.number().finite().positive().max(60).optional(),
  })
  .strict();
