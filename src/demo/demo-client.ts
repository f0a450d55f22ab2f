import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { authorizeWithoutBrowser } from "../testing/index.js";

/**
 * The part of the SDK's OAuth client that an application implements: storage for
 * its registration and tokens, and a function that opens the authorization page.
 * Here the server approves without a page, and the redirect contains the code.
 */
export class DemoClientProvider implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:9/callback";
  readonly #name: string;
  readonly #say: (line: string) => void;
  #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = "";
  #redirect: URL | undefined;

  constructor(name: string, say: (line: string) => void = () => undefined) {
    this.#name = name;
    this.#say = say;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: this.#name,
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#information;
  }

  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    const redirect = await authorizeWithoutBrowser(url);
    const { searchParams } = url;
    this.#say(`GET  ${url.origin}${url.pathname} → the user consents`);
    for (const [name, meaning] of [
      ["resource", "the only audience of the token (RFC 8707)"],
      ["scope", "what the client may do on behalf of the user"],
      ["code_challenge_method", "PKCE: a stolen code is useless (RFC 7636)"],
    ] as const) {
      this.#say(`       ${name}=${searchParams.get(name) ?? ""}  # ${meaning}`);
    }
    this.#redirect = redirect;
  }

  /** The parameters of the authorization response (`code`, `iss`, …); they can be taken once. */
  takeRedirect(): URLSearchParams {
    const parameters = this.#redirect?.searchParams;
    this.#redirect = undefined;
    if (!parameters?.has("code")) throw new Error("The authorization response contains no code.");
    return parameters;
  }

  /** The authorization code only. */
  takeCode(): string {
    return this.takeRedirect().get("code") ?? "";
  }
}
