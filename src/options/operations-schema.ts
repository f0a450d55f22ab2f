import { z } from "zod";
import { parseAddressRanges } from "../net/client-address.js";
import { DAY, texts } from "./schema-parts.js";

const addressRanges = texts.refine(
  (entries) => parseAddressRanges(entries) !== undefined,
  'must list addresses, CIDR ranges ("10.0.0.0/8"), or "loopback", "private", "linkLocal"',
);

/** zod's shape of {@link NetworkGroup}. */
export const networkShape = {
  trustedProxies: addressRanges.optional(),
  requireHttps: z.boolean().optional(),
  /** Entries are checked where the way out is made. */
  allowPrivateAddresses: z.union([z.boolean(), texts]).optional(),
};

const count = z.number().int().min(1).max(1_000_000_000);

/** zod's shape of {@link LimitsGroup}. */
export const limitsShape = {
  rateLimit: z
    .union([
      z.literal(false),
      z
        .object({
          failures: count.optional(),
          metadata: count.optional(),
          windowSeconds: z.number().int().min(1).max(DAY).optional(),
          limitGoodTokens: z.boolean().optional(),
        })
        .strict(),
    ])
    .optional(),
  tasks: z
    .object({
      maxPerUser: count.optional(),
      maxTtlSeconds: z
        .number()
        .min(1)
        .max(30 * DAY)
        .optional(),
    })
    .strict()
    .optional(),
  sessions: z
    .object({
      maxPerUser: count.optional(),
      max: count.optional(),
      idleSeconds: z
        .number()
        .min(1)
        .max(30 * DAY)
        .optional(),
    })
    .strict()
    .optional(),
};

/** zod's shape of {@link HealthGroup}. */
export const healthShape = {
  health: z
    .union([z.literal(false), z.object({ path: z.string().startsWith("/").optional() }).strict()])
    .optional(),
};
