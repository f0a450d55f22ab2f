import type { AccessToken } from "../access-token.js";

/** Adds data of the application to a validated token; ends up in `AccessToken.data`. */
export type Enrich = (
  token: AccessToken,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
