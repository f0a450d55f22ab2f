/** An authorization code or refresh token was reused, and all tokens of its consent were revoked. */
export interface ReuseEvent {
  readonly kind: "refresh_token_reused" | "authorization_code_reused";
  /** Seconds since the epoch. */
  readonly time: number;
  /** The client that presented it, which may not be the client it was issued to. */
  readonly clientId: string;
  readonly accountId?: string;
}
