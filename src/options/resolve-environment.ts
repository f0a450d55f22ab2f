import { ConfigurationError, type UnavailableError } from "../core/errors.js";
import { checkGoogleClient, GoogleSecrets } from "../secrets/google-secret.js";
import { isReference, parseSecretReference } from "../secrets/secret-reference.js";
import type { Environment } from "./environment/environment-reader.js";
import { VARIABLES } from "./environment/variables.js";

/**
 * An environment whose settings in Google Secret Manager are replaced by their values, for
 * `OAuthAuthProvider.fromEnv()`: for example `OAUTH_ISSUER=gcp-secret-manager:projects/…`.
 *
 * Reads each setting once. Secrets that can change while the server runs, such as
 * `OAUTH_CLIENT_SECRET`, stay references, which the provider follows. Changes nothing else, and does
 * not check the values.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, resolveEnvironment } from "mcp-framework-oauth";
 *
 * const provider = OAuthAuthProvider.fromEnv(await resolveEnvironment());
 * ```
 *
 * @throws ConfigurationError if the setting does not exist, or this process may not read it: the
 *   message has the command that grants access
 * @throws UnavailableError if Google does not answer
 */
export function resolveEnvironment(env: Environment = process.env): Promise<Environment> {
  return resolveWith(env, new GoogleSecrets());
}

/** The same with a client of your own. */
export async function resolveWith(
  env: Environment,
  google: Pick<GoogleSecrets, "read">,
): Promise<Environment> {
  const found = VARIABLES.flatMap(({ name, kind }) => {
    const text = (env[name] ?? "").trim();
    if (kind === "secret" || !isReference(text)) return [];
    const reference = parseSecretReference(text, name);
    return reference.kind === "gcp-secret-manager" ? [{ name, version: reference.version }] : [];
  });
  const values = await Promise.all(
    found.map(async ({ name, version }) => {
      checkGoogleClient(name);
      const value = await google.read(version).catch((error: unknown) => {
        throw explained(error, name, version);
      });
      if (!isReference(value.trim())) return [name, value] as const;
      throw new ConfigurationError(
        "ERR_OAUTH_SECRET_REFERENCE",
        `${name} refers to a setting that is itself a reference; store the value.`,
      );
    }),
  );
  return { ...env, ...Object.fromEntries(values) };
}

/** Adds what to do in Google Cloud. Names the setting, which is no secret, and never its value. */
function explained(error: unknown, variable: string, version: string): unknown {
  const { reason } = error as Partial<UnavailableError>;
  const [, project = "", secret = ""] =
    /^projects\/([^/]+)\/.*?secrets\/([^/]+)\//.exec(version) ?? [];
  const refuse = (text: string): ConfigurationError =>
    new ConfigurationError("ERR_OAUTH_SECRET_REFERENCE", `${variable}: ${text}`, { cause: error });
  if (reason === "secret_access_denied") {
    return refuse(
      `this process may not read the secret ${secret} of the project ${project}. Grant it access: ` +
        `gcloud secrets add-iam-policy-binding ${secret} --project=${project} ` +
        "--member=serviceAccount:ACCOUNT --role=roles/secretmanager.secretAccessor",
    );
  }
  if (reason !== "secret_not_found") return error;
  return refuse(
    `the project ${project} has no version ${version.split("/").at(-1)} of a secret ${secret}; ` +
      `correct the reference, or create it: gcloud secrets create ${secret} --project=${project} --data-file=-`,
  );
}
