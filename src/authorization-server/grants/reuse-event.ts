/** A code or refresh token was used again, and everything from the same consent was revoked. */
export interface ReuseEvent {
  readonly kind: "refresh_token_reused" | "authorization_code_reused";
  /** Seconds since the epoch. */
  readonly time: number;
  /** Who presented it, which need not be whose it is. */
  readonly clientId: string;
  readonly accountId?: string;
}
