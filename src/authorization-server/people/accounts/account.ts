/** An account that can sign in. */
export interface Account {
  /** The `sub` of tokens, and the user name at sign-in. */
  readonly id: string;
  /**
   * Compared in constant time. An account without a password signs in with one
   * click; this is for development only.
   */
  readonly password?: string;
  readonly name?: string;
  /** Also accepted as the user name. */
  readonly email?: string;
  /** Added to access tokens, introspection responses and ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
}
