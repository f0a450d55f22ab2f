import { z } from "zod";
import { ConfigurationError } from "../core/errors.js";
import type { AuthorizationServerOptions } from "./options.js";

const DAY = 86_400;

/** In seconds, up to ten years: a larger number is probably in milliseconds. */
const lifetime = z
  .number()
  .int()
  .min(1)
  .max(3650 * DAY);

/** Ranges and defaults of the options about time; their docs are in `AuthorizationServerOptions`. */
const lifetimes = z.object({
  ttlSeconds: z
    .object({
      access: lifetime.default(900),
      refresh: lifetime.default(30 * DAY),
      code: lifetime.max(1_800).default(60),
      session: lifetime.default(DAY),
    })
    .strict()
    .default({}),
  refreshExpiry: z.enum(["sliding", "absolute"]).default("sliding"),
  refreshReplaySeconds: z.number().int().min(0).max(300).default(30),
  keyRotationDays: z.number().int().min(0).max(3650).default(90),
  rememberConsentSeconds: z
    .number()
    .int()
    .min(0)
    .max(365 * DAY)
    .default(30 * DAY),
});

/** Lifetimes with all defaults applied. */
export type Lifetimes = z.output<typeof lifetimes>;

/** @throws ConfigurationError that names the option */
export function parseLifetimes(options: AuthorizationServerOptions): Lifetimes {
  const { data, error } = lifetimes.safeParse(options);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new ConfigurationError(
    "ERR_OAUTH_LIFETIMES",
    `${issue?.path.join(".")}: ${issue?.message}. Times are whole numbers.`,
  );
}
