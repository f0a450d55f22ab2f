import { createRequire } from "node:module";
import type { ReasonOf } from "../core/reasons/reasons.js";
import { ConfigurationError, UnavailableError } from "../core/errors.js";
import { withDeadline } from "../net/deadline.js";

/** The used part of Google's client. */
interface SecretManagerClient {
  accessSecretVersion(
    request: { readonly name: string },
    options: { readonly timeout: number },
  ): Promise<
    readonly [
      { readonly payload?: { readonly data?: Uint8Array | string | null } | null },
      ...unknown[],
    ]
  >;
}

/** Options of Google's client, for another endpoint or other credentials. @default application default credentials */
export type GoogleClientOptions = Readonly<Record<string, unknown>>;

const PACKAGE = "@google-cloud/secret-manager";
const TIMEOUT_SECONDS = 5;
const GRANT =
  "grant roles/secretmanager.secretAccessor on the secret to the service account of this process";
/** Status numbers of HTTP and gRPC: the client reports either. */
const REASONS: Readonly<Record<number, ReasonOf<503>>> = {
  3: "secret_version_unusable",
  5: "secret_not_found",
  7: "secret_access_denied",
  9: "secret_version_unusable",
  16: "secret_access_denied",
  400: "secret_version_unusable",
  401: "secret_access_denied",
  403: "secret_access_denied",
  404: "secret_not_found",
};

/**
 * Reads versions of secrets in Google Secret Manager. The client is an optional
 * peer, loaded when first needed; one serves all secrets.
 */
export class GoogleSecrets {
  #client: Promise<SecretManagerClient> | undefined;

  constructor(private readonly options: GoogleClientOptions = {}) {}

  /**
   * @param version `projects/p/secrets/s/versions/latest`
   * @throws UnavailableError; the cause contains only the status
   */
  async read(version: string): Promise<string> {
    try {
      // Loading the client from disk takes seconds on a busy machine; only Google has a deadline.
      const client = await this.#getClient();
      return await withDeadline(
        () => access(client, version),
        TIMEOUT_SECONDS,
        () => new UnavailableError("secret_manager_timeout"),
      );
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      const { code } = (error ?? {}) as { code?: unknown };
      // No cause: the client's errors contain the request, including an access token.
      const reason = typeof code === "number" ? REASONS[code] : undefined;
      const advice = reason === "secret_access_denied" ? `; ${GRANT}` : "";
      throw new UnavailableError(reason ?? "secret_manager_unreachable", {
        cause: new Error(`status ${String(code)}${advice}`),
      });
    }
  }

  #getClient(): Promise<SecretManagerClient> {
    this.#client ??= createClient(this.options).catch((error: unknown) => {
      // Do not cache a failed import or missing credentials.
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}

async function access(client: SecretManagerClient, version: string): Promise<string> {
  const [answer] = await client.accessSecretVersion(
    { name: version },
    { timeout: TIMEOUT_SECONDS * 1000 },
  );
  const data = answer.payload?.data ?? "";
  // The same line end as in a file: most secrets are created with `echo`.
  const text = (typeof data === "string" ? data : Buffer.from(data).toString("utf8")).replace(
    /\r?\n$/,
    "",
  );
  if (text === "") throw new UnavailableError("secret_empty");
  return text;
}

async function createClient(options: GoogleClientOptions): Promise<SecretManagerClient> {
  const { SecretManagerServiceClient } = await import("@google-cloud/secret-manager");
  // REST: a request every few minutes needs no open gRPC channel, which would keep the process alive.
  const Client = SecretManagerServiceClient as unknown as new (
    options: GoogleClientOptions,
  ) => SecretManagerClient;
  return new Client({ fallback: true, ...options });
}

/**
 * Checks at start-up whether Google's client is installed.
 *
 * @param variable the environment variable that needs it, for the message
 * @throws ConfigurationError
 */
export function checkGoogleClient(
  variable: string,
  resolve: (name: string) => string = (name) => createRequire(import.meta.url).resolve(name),
): void {
  try {
    resolve(PACKAGE);
  } catch (cause) {
    throw new ConfigurationError(
      "ERR_OAUTH_SECRET_MANAGER_MISSING",
      `${variable} refers to Google Secret Manager; install its client: npm install ${PACKAGE}`,
      { cause },
    );
  }
}
