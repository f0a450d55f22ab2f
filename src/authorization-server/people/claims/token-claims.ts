import type { KoaContextWithOIDC } from "oidc-provider";
import type { Application } from "../application.js";
import type { AccountDirectory } from "../accounts/account-directory.js";
import {
  TOKEN_CLAIMS,
  type AddedClaims,
  type ClaimsFunction,
  type ClaimsRequest,
} from "./claims-function.js";
import { organizationOf } from "../accounts/grant-organization.js";

/** Claims that accounts and the application add to access tokens, ID tokens, introspection and userinfo. */
export class TokenClaims {
  readonly #accounts: AccountDirectory;
  readonly #application: Application;
  readonly #claims: ClaimsFunction | undefined;
  /** The claims of the access token, for the ID token of the same response. */
  readonly #issued = new WeakMap<KoaContextWithOIDC, AddedClaims>();

  constructor(parts: {
    readonly accounts: AccountDirectory;
    readonly application: Application;
    readonly claims: ClaimsFunction | undefined;
  }) {
    this.#accounts = parts.accounts;
    this.#application = parts.application;
    this.#claims = parts.claims;
  }

  /** Claims of `account`, of its organization and of the application. */
  async of(request: ClaimsRequest): Promise<AddedClaims> {
    const { account, organization } = request;
    const claims = this.#claims;
    const own =
      claims === undefined
        ? {}
        : await this.#application.call("claims", async () => checked(await claims(request)));
    return {
      ...account.claims,
      ...own,
      ...(organization !== undefined && { org_id: organization }),
    };
  }

  /** Claims of an access token that is being issued. */
  async issue(
    ctx: KoaContextWithOIDC,
    token: {
      readonly accountId?: string;
      readonly scope?: string | undefined;
      readonly aud?: unknown;
    },
  ): Promise<AddedClaims> {
    const { accountId } = token;
    const { client, entities } = ctx.oidc;
    const account = accountId === undefined ? undefined : await this.#accounts.find(accountId);
    if (account === undefined || client === undefined) return {};
    const organization = organizationOf(entities.Grant);
    const claims = await this.of({
      account,
      ...(organization !== undefined && { organization }),
      client: {
        id: client.clientId,
        ...(client.clientName !== undefined && { name: client.clientName }),
      },
      scopes: token.scope?.split(" ") ?? [],
      ...(typeof token.aud === "string" && { resource: token.aud }),
    });
    this.#issued.set(ctx, claims);
    return claims;
  }

  /** The claims of the access token that this response contains. */
  issued(ctx: KoaContextWithOIDC): AddedClaims {
    return this.#issued.get(ctx) ?? {};
  }
}

/** @throws TypeError for a value that must not get into a token */
function checked(claims: unknown): AddedClaims {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw new TypeError("it must return an object");
  }
  const reserved = Object.keys(claims).find((name) => TOKEN_CLAIMS.has(name));
  if (reserved !== undefined) throw new TypeError(`it must not set the claim ${reserved}`);
  return claims as AddedClaims;
}
