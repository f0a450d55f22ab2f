import type { AuthRequest } from "../../core/auth-request.js";
import { readApiKey, sharesBearer, type ApiKeyHeader } from "../../credentials/api-key.js";
import { readCredential, type Credential } from "../../credentials/credential.js";
import { MissingCredentialError } from "../../core/errors.js";
import type { TokenValidator } from "../token-validator.js";

export interface ApiKeyAccessOptions {
  readonly header: ApiKeyHeader;
  /** Where access tokens are sent, lower case. */
  readonly tokenHeader: string;
  /** Decides about keys. */
  readonly keys: TokenValidator;
  /** Decides about access tokens; absent where only keys count. */
  readonly tokens:
    | {
        readonly validator: TokenValidator;
        /** Whether an access token looks like this. */
        readonly expects: (token: string) => boolean;
      }
    | undefined;
}

/** A credential, and who decides about it. */
export interface RoutedCredential extends Credential {
  readonly validator: TokenValidator;
}

/**
 * Reads the one credential of a request where API keys are accepted, and finds
 * who decides about it. A credential goes to one validator only: what that one
 * refuses is never tried elsewhere.
 *
 * Does not check the credential.
 */
export class ApiKeyAccess {
  constructor(private readonly options: ApiKeyAccessOptions) {}

  get header(): ApiKeyHeader {
    return this.options.header;
  }

  /** @throws MissingCredentialError, InvalidRequestError */
  credentialOf(request: AuthRequest): RoutedCredential {
    const { header, tokenHeader, keys, tokens } = this.options;
    const key = readApiKey(request, header, tokenHeader);
    if (key !== undefined) return { scheme: "ApiKey", token: key, validator: keys };

    const credential = readCredential(request, tokenHeader);
    const mayBeKey = credential.scheme === "Bearer" && sharesBearer(header, tokenHeader);
    if (tokens === undefined) {
      if (!mayBeKey) throw new MissingCredentialError("access_tokens_off");
    } else if (!mayBeKey || tokens.expects(credential.token)) {
      return { ...credential, validator: tokens.validator };
    }
    return { ...credential, scheme: "ApiKey", validator: keys };
  }
}
