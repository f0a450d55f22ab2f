import type { ErrorView } from "./views.js";

/** Errors that end when the client registers again. */
const REGISTRATION_ERRORS = new Set(["invalid_client", "invalid_redirect_uri"]);

/** What helps the user after an error of the authorization endpoint. */
export function adviceFor(error: string): ErrorView["advice"] {
  return REGISTRATION_ERRORS.has(error) ? "add_again" : "start_again";
}
