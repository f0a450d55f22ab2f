import type { SignatureOptions } from "../validation.js";
import type { SecretFunction } from "../../secrets/resolve-secret.js";

/** The members of {@link SignatureOptions} that belong to a secret. */
export type VerificationSecret = Pick<
  SignatureOptions,
  "secretTtlSeconds" | "secretOverlapSeconds"
> & { readonly secret: string | SecretFunction };
