import type { Account } from "../accounts/account.js";

/** What {@link ClaimsFunction} decides about. */
export interface ClaimsRequest {
  readonly account: Account;
  /** Id of the organization that the user chose. */
  readonly organization?: string;
  readonly client: { readonly id: string; readonly name?: string };
  /** Scopes of the token. */
  readonly scopes: readonly string[];
  /** Audience of the token. */
  readonly resource?: string;
}

export type AddedClaims = Readonly<Record<string, unknown>>;

/** AddedClaims of the application for one token. */
export type ClaimsFunction = (request: ClaimsRequest) => AddedClaims | Promise<AddedClaims>;

/** AddedClaims with a meaning in tokens, which neither an account nor the application may set. */
export const TOKEN_CLAIMS: ReadonlySet<string> = new Set(
  "iss sub aud exp iat nbf jti scope client_id azp cnf active auth_time sid token_type typ org_id".split(
    " ",
  ),
);
