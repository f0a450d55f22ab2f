import { OPTIONS } from "./options.js";
import { API_KEYS, POLICY, POSSESSION } from "./protection.js";
import type { ErrorCodeSection } from "./row.js";
import { AUTHORIZATION_SERVER, ENVIRONMENT, STORES } from "./surroundings.js";
import { VALIDATION } from "./validation.js";

/** Every code of a `ConfigurationError`. */
export const ERROR_CODES = {
  ...OPTIONS.codes,
  ...VALIDATION.codes,
  ...POLICY.codes,
  ...API_KEYS.codes,
  ...POSSESSION.codes,
  ...STORES.codes,
  ...ENVIRONMENT.codes,
  ...AUTHORIZATION_SERVER.codes,
} as const;

/** The codes by subject, in the order of docs/reference/errors.md. */
export const ERROR_CODE_SECTIONS: readonly ErrorCodeSection[] = [
  OPTIONS,
  VALIDATION,
  POLICY,
  API_KEYS,
  POSSESSION,
  STORES,
  ENVIRONMENT,
  AUTHORIZATION_SERVER,
];

/** Stable code of a `ConfigurationError`; docs/reference/errors.md explains each. */
export type ErrorCode = keyof typeof ERROR_CODES;
