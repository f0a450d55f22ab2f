import type { SignatureOptions } from "../validation.js";
import type { SecretFunction } from "../../secrets/resolve-secret.js";

/** Of {@link SignatureOptions}, the members that belong to a secret. */
export type VerificationSecret = Pick<
  SignatureOptions,
  "secretTtlSeconds" | "secretOverlapSeconds"
> & { readonly secret: string | SecretFunction };
