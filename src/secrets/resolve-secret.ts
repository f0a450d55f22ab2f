import { systemClock, type Clock } from "../core/clock.js";
import { ConfigurationError } from "../core/errors.js";
import { checkFileSecret, readFileSecret } from "./file-secret.js";
import { checkGoogleClient, GoogleSecrets, type GoogleClientOptions } from "./google-secret.js";
import { CachedSecret } from "./cached-secret.js";
import { parseSecretReference } from "./secret-reference.js";

/** Returns a secret, which may change between calls. */
export type SecretFunction = () => Promise<string>;

export interface SecretOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a secret is cached, in seconds. @default 300; 5 for files, which cost nothing */
  readonly ttlSeconds?: number;
  readonly clock?: Clock;
  readonly google?: GoogleClientOptions;
}

const FILE_TTL_SECONDS = 5;

/** Converts the secrets of one environment to options. Except for literal text, results do not contain the secret. */
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
   * checked now; the function remembers what it got.
   *
   * @param variable the environment variable that holds `text`, for messages
   * @throws ConfigurationError; no message contains the secret
   */
  resolve(text: string, variable: string): string | SecretFunction {
    const source = this.source(text, variable);
    if (typeof source === "string") return source;
    const ttlSeconds = this.ttlSeconds(text, variable);
    const secret = new CachedSecret({
      read: source,
      clock: this.#options.clock ?? systemClock,
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    });
    return () => secret.current();
  }

  /** How long the secret behind `text` is cached, in seconds; `undefined` for the default. */
  ttlSeconds(text: string, variable: string): number | undefined {
    const isFile = parseSecretReference(text, variable).kind === "file";
    return this.#options.ttlSeconds ?? (isFile ? FILE_TTL_SECONDS : undefined);
  }

  /**
   * The same without a cache, for callers with their own: verification keeps the
   * previous secret for an overlap.
   *
   * @throws ConfigurationError; no message contains the secret
   */
  source(text: string, variable: string): string | SecretFunction {
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
        return () => readFileSecret(reference.path);
      case "gcp-secret-manager":
        checkGoogleClient(variable);
        return () => this.#google.read(reference.version);
    }
  }
}
