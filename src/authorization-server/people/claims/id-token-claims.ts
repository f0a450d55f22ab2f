import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { TokenClaims } from "./token-claims.js";

interface IdTokenInstance {
  readonly ctx?: KoaContextWithOIDC;
  payload(): Promise<Record<string, unknown>>;
}

/** Adds the claims of the access token to the ID token; oidc-provider knows only claims of scopes. */
export function addClaimsToIdTokens(provider: Provider, claims: TokenClaims): void {
  const prototype = provider.IdToken.prototype as unknown as IdTokenInstance;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this`
  const { payload } = prototype;
  prototype.payload = async function (this: IdTokenInstance) {
    const standard = await payload.call(this);
    return this.ctx === undefined ? standard : { ...claims.issued(this.ctx), ...standard };
  };
}
