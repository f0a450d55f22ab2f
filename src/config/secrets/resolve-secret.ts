import { systemClock, type Clock } from "../../clock.js";
import { ConfigurationError } from "../../errors.js";
import { checkFileSecret, readFileSecret } from "./file-secret.js";
import { checkGoogleClient, GoogleSecrets, type GoogleClientOptions } from "./google-secret.js";
import { RotatingSecret } from "./rotating-secret.js";
import { parseSecretReference } from "./secret-reference.js";

/** A secret that may change: the current one first, then those still good beside it. */
export type SecretVersions = () => Promise<readonly string[]>;

export interface SecretOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a secret is used before it is read anew, in seconds. @default 300; 5 for files, which cost nothing */
  readonly ttlSeconds?: number;
  /** How long the previous secret stays valid, in seconds. @default 600 */
  readonly overlapSeconds?: number;
  readonly clock?: Clock;
  readonly google?: GoogleClientOptions;
}

const FILE_TTL_SECONDS = 5;

/** Turns the secrets of one environment into what options take. No result shows a secret when printed, but for one that stands in the environment as it is. */
export class SecretResolver {
  readonly #options: SecretOptions;
  readonly #google: GoogleSecrets;

  constructor(options: SecretOptions) {
    this.#options = options;
    this.#google = new GoogleSecrets(options.google);
  }

  /**
   * A secret given as text, as `env:NAME`, `file:/path` or
   * `gcp-secret-manager:projects/…`. What can be checked without a network is
   * checked now.
   *
   * @param variable the environment variable that holds `text`, for messages
   * @throws ConfigurationError; no message holds the secret
   */
  resolve(text: string, variable: string): string | SecretVersions {
    const reference = parseSecretReference(text, variable);
    switch (reference.kind) {
      case "literal":
        return reference.value;
      case "env": {
        const value = this.#options.env[reference.name];
        if (value !== undefined && value !== "") return value;
        throw new ConfigurationError(
          "ERR_OAUTH_SECRET_REFERENCE",
          `${variable} refers to ${reference.name}, which is not set; set it, or correct the name.`,
        );
      }
      case "file":
        checkFileSecret(reference.path, variable);
        return this.#rotating(() => readFileSecret(reference.path), FILE_TTL_SECONDS);
      case "gcp-secret-manager":
        checkGoogleClient(variable);
        return this.#rotating(() => this.#google.read(reference.version));
    }
  }

  #rotating(read: () => Promise<string>, ttlSeconds?: number): SecretVersions {
    const { clock = systemClock, overlapSeconds } = this.#options;
    const ttl = this.#options.ttlSeconds ?? ttlSeconds;
    const secret = new RotatingSecret({
      read,
      clock,
      ...(ttl !== undefined && { ttlSeconds: ttl }),
      ...(overlapSeconds !== undefined && { overlapSeconds }),
    });
    return () => secret.versions();
  }
}
