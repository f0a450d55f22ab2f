import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { authorizeWithoutBrowser } from "../testing/index.js";

/**
 * What an application brings along to the SDK's client: a place for its
 * registration and tokens, and a way to open the authorization page. Here the
 * page approves by itself and the code is picked out of the redirect.
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
    this.#say(`GET  ${url.origin}${url.pathname} → the user agrees`);
    for (const [name, meaning] of [
      ["resource", "the token will be good there and nowhere else (RFC 8707)"],
      ["scope", "what the client may do in the user's name"],
      ["code_challenge_method", "a stolen code is useless (PKCE, RFC 7636)"],
    ] as const) {
      this.#say(`       ${name}=${searchParams.get(name) ?? ""}  # ${meaning}`);
    }
    this.#redirect = redirect;
  }

  /** What the authorization server answered with, once: `code`, `iss` and the rest. */
  takeRedirect(): URLSearchParams {
    const parameters = this.#redirect?.searchParams;
    this.#redirect = undefined;
    if (!parameters?.has("code")) throw new Error("The authorization server gave no code.");
    return parameters;
  }

  /** The code alone. */
  takeCode(): string {
    return this.takeRedirect().get("code") ?? "";
  }
}
