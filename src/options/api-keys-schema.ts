import { z } from "zod";
import { aFunction, DAY, headerName, seconds, texts } from "./schema-parts.js";

const time = z.union([z.date(), z.string().min(1), z.number().finite().min(0)]);

/** zod's shape of {@link ApiKeyGroup}. */
export const apiKeyShape = {
  apiKeys: z
    .object({
      /** What an entry must hold is checked by the validator, whose messages name no hash. */
      keys: z.array(z.unknown()).readonly().optional(),
      validate: aFunction.optional(),
      provider: z
        .custom<object>(
          (value) => typeof (value as { authenticate?: unknown })?.authenticate === "function",
          "must be an AuthProvider of mcp-framework, with a method authenticate",
        )
        .optional(),
      clientId: z.string().min(1).optional(),
      scopes: texts.optional(),
      headerName: headerName.optional(),
      prefix: z
        .string()
        .regex(/^[\x20-\x7e]*$/, "must be visible ASCII")
        .optional(),
      cacheSeconds: seconds(DAY).optional(),
      negativeCacheSeconds: seconds(DAY).optional(),
      timeoutSeconds: z.number().finite().positive().max(60).optional(),
      deprecation: time.optional(),
      sunset: time.optional(),
      link: z.string().url().optional(),
    })
    .strict()
    .optional(),
  authMode: z.enum(["oauth", "api_key", "both"]).optional(),
};
