import type { AccessToken } from "./access-token.js";

/** A token that was let in, and the hash that stands for it; see `tokenHash`. */
export interface Sender {
  readonly token: AccessToken;
  readonly tokenHash: string;
}
