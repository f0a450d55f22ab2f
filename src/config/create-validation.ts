import type { Clock } from "../clock.js";
import { ConfigurationError } from "../errors.js";
import type { TokenValidator } from "../validators/token-validator.js";
import type { OAuthAuthProviderOptions } from "./options.js";

export interface Validation {
  readonly validator: TokenValidator;
  readonly authorizationServerMetadata: () => Promise<object>;
  readonly verifyAtStart: () => Promise<void>;
}

export function createValidation(_options: OAuthAuthProviderOptions, _clock: Clock): Validation {
  throw new ConfigurationError("ERR_OAUTH_NOT_YET", "Validators are not wired up yet.");
}
