import { readFileSync } from "node:fs";
import type { z } from "zod";
import { ConfigurationError } from "../../core/errors.js";
import { isLoopbackHost } from "../../core/urls/loopback.js";
import { checkFileSecret } from "../../secrets/file-secret.js";
import { SecretResolver, type SecretFunction } from "../../secrets/resolve-secret.js";
import { isReference, parseSecretReference } from "../../secrets/secret-reference.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { variableOf, type Input } from "../row.js";
import { withLineEnds } from "../values.js";
import { VARIABLES, type Variable, type VariableName } from "./variables.js";
import type { VerificationSecret } from "./verification-secret.js";

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const TABLE: ReadonlyMap<string, Variable> = new Map(VARIABLES.map((row) => [row.name, row]));

/** Placeholders in templates. */
const PLACEHOLDER = /^<.*>$|\bYOUR[_-]|your-(?:tenant|domain|app)\b|^change-?me$/i;

/**
 * Reads variables by the table, each as its kind. An empty variable counts as
 * not set, as in a template that was not filled in.
 *
 * Every error names the variable, the value found and the expected value; it
 * never contains the value of a secret.
 */
export class EnvironmentReader {
  readonly #env: Environment;
  readonly #secrets: SecretResolver;
  /** Variables whose values were used. */
  readonly #used = new Set<VariableName>();

  constructor(env: Environment) {
    this.#env = env;
    const ttlSeconds = this.seconds("OAUTH_SECRET_TTL");
    // It counts as read once a secret is cached.
    this.#used.delete("OAUTH_SECRET_TTL");
    this.#secrets = new SecretResolver({
      env,
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    });
  }

  /** The options of a shape whose variables are set. The schemas check them later. */
  read<S extends z.ZodRawShape>(shape: S): Partial<Input<S>> {
    const found = Object.entries(shape).flatMap(([member, row]) => {
      const value: unknown = this.value(row);
      return value === undefined ? [] : [[member, value] as const];
    });
    return Object.fromEntries(found) as Partial<Input<S>>;
  }

  /** The option of one row, or `undefined` when its variable is not set. */
  value<T extends z.ZodTypeAny>(row: T): z.input<T> | undefined {
    const variable = variableOf(row);
    if (variable === undefined) return undefined;
    const { name, from = (value) => value } = variable;
    const value = this.#read(name as VariableName);
    return value === undefined ? undefined : from(value as never);
  }

  #read(name: VariableName): unknown {
    switch (rowOf(name).kind) {
      case "text":
        return this.text(name);
      case "url":
        return this.url(name);
      case "urls":
        return this.urls(name);
      case "list":
        return this.list(name);
      case "seconds":
        return this.seconds(name);
      case "bytes":
        return this.bytes(name);
      case "count":
        return this.count(name);
      case "limit":
        return this.limit(name);
      case "flag":
        return this.flag(name);
      case "choice":
        return this.choice(name);
      case "secret":
        return this.secret(name);
      case "fixed-secret":
        return this.fixedSecret(name);
      case "public-key":
        return this.publicKey(name);
    }
  }

  has(name: VariableName): boolean {
    return (this.#env[name] ?? "").trim() !== "";
  }

  /** Whether a variable is set, and its value was not used so far. */
  isUnread(name: string): boolean {
    return this.has(name as VariableName) && !this.#used.has(name as VariableName);
  }

  text(name: VariableName): string | undefined {
    if (!this.has(name)) return undefined;
    this.#used.add(name);
    const found = this.#env[name]?.trim() ?? "";
    const value = isReference(found) ? this.#fixedText(name).trim() : found;
    if (PLACEHOLDER.test(value)) {
      throw invalid(name, `still has the placeholder ${JSON.stringify(value)}`);
    }
    return value;
  }

  /** @throws ConfigurationError when it is not set */
  requiredText(name: VariableName): string {
    return this.text(name) ?? missing(name);
  }

  /** @throws ConfigurationError with the purpose of the variable */
  missing(name: VariableName): never {
    return missing(name);
  }

  url(name: VariableName): string | undefined {
    const value = this.text(name);
    if (value !== undefined) checkUrl(name, value);
    return value;
  }

  /** URLs, each checked. */
  urls(name: VariableName): readonly string[] | undefined {
    const values = this.list(name);
    values?.forEach((value) => checkUrl(name, value));
    return values;
  }

  list(name: VariableName): readonly string[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const entries = value.split(/[\s,]+/).filter((entry) => entry !== "");
    if (entries.length === 0) throw invalid(name, "contains only separators");
    const { choices } = rowOf(name);
    const wrong = choices && entries.find((entry) => !choices.includes(entry));
    if (choices !== undefined && wrong !== undefined) {
      throw invalid(name, `contains ${JSON.stringify(wrong)}; allowed are ${choices.join(", ")}`);
    }
    return entries;
  }

  seconds(name: VariableName): number | undefined {
    return this.#number(name, /^\d{1,9}(?:\.\d{1,3})?$/, "a number of seconds");
  }

  bytes(name: VariableName): number | undefined {
    return this.#number(name, /^[1-9]\d{0,11}$/, "a whole number of bytes");
  }

  /** A whole number above zero. */
  count(name: VariableName): number | undefined {
    return this.#number(name, /^[1-9]\d{0,8}$/, "a whole number above 0");
  }

  /** A count above zero, or `off`. */
  limit(name: VariableName): number | "off" | undefined {
    if (this.text(name)?.toLowerCase() === "off") return "off";
    return this.#number(name, /^[1-9]\d{0,8}$/, "a whole number above 0, or off");
  }

  flag(name: VariableName): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (["true", "1", "yes", "on"].includes(value)) return true;
    if (["false", "0", "no", "off"].includes(value)) return false;
    throw invalid(name, `must be true or false, found ${JSON.stringify(value)}`);
  }

  choice<T extends string>(name: VariableName): T | undefined {
    const value = this.text(name);
    const { choices = [] } = rowOf(name);
    if (value === undefined || choices.includes(value)) return value as T | undefined;
    const found = JSON.stringify(value);
    throw invalid(name, `must be one of ${choices.join(", ")}; found ${found}`);
  }

  /** A secret as options accept it. Spaces around literal text are kept. */
  secret(name: VariableName): string | SecretFunction | undefined {
    if (!this.has(name)) return undefined;
    const secret = this.#secrets.resolve(this.#env[name] ?? "", name);
    this.#usedSecret(name, secret);
    return secret;
  }

  /** A secret that verifies signatures, with its cache time and overlap. */
  verificationSecret(name: VariableName): VerificationSecret | undefined {
    if (!this.has(name)) return undefined;
    const text = this.#env[name] ?? "";
    const secret = this.#secrets.source(text, name);
    this.#usedSecret(name, secret);
    if (typeof secret === "string") return { secret };
    const secretTtlSeconds = this.#secrets.ttlSeconds(text, name);
    const secretOverlapSeconds = this.seconds("OAUTH_SECRET_OVERLAP");
    return {
      secret,
      ...(secretTtlSeconds !== undefined && { secretTtlSeconds }),
      ...(secretOverlapSeconds !== undefined && { secretOverlapSeconds }),
    };
  }

  /** A private key: a secret in which `\n` is read as a line break. */
  privateKey(name: VariableName): string | SecretFunction | undefined {
    return withLineEnds(this.secret(name));
  }

  /** A secret that is read once, at start, without surrounding white space. */
  fixedSecret(name: VariableName): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#fixedText(name).trim();
    if (PLACEHOLDER.test(value)) throw invalid(name, "still has a placeholder");
    return value;
  }

  publicKey(name: VariableName): string | Readonly<Record<string, unknown>> | undefined {
    if (!this.has(name)) return undefined;
    const text = this.#fixedText(name).trim().replaceAll("\\n", "\n");
    if (!text.startsWith("{")) return text;
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw invalid(name, "starts like a JWK but is not JSON");
    }
  }

  #usedSecret(name: VariableName, secret: unknown): void {
    this.#used.add(name);
    if (typeof secret === "function") this.#used.add("OAUTH_SECRET_TTL");
  }

  #fixedText(name: VariableName): string {
    this.#used.add(name);
    const text = this.#env[name]?.trim() ?? "";
    const reference = parseSecretReference(text, name);
    if (reference.kind === "file") {
      checkFileSecret(reference.path, name);
      return readFileSync(reference.path, "utf8");
    }
    if (reference.kind === "gcp-secret-manager") {
      throw invalid(
        name,
        "is read once, at start, and refers to Google Secret Manager; call OAuthAuthProvider.fromEnv(await resolveEnvironment())",
      );
    }
    // The remaining kinds are synchronous: the text itself, or another variable.
    return this.#secrets.source(text, name) as string;
  }

  #number(name: VariableName, form: RegExp, what: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const { max = Infinity } = rowOf(name);
    if (form.test(value) && Number(value) <= max) return Number(value);
    const limit = max === Infinity ? "" : `, at most ${max}`;
    throw invalid(name, `must be ${what}${limit}; found ${JSON.stringify(value)}`);
  }
}

/** @throws ConfigurationError */
export function missing(name: VariableName): never {
  throw new ConfigurationError(
    "ERR_OAUTH_ENV_MISSING",
    `${name} is not set. ${plain(rowOf(name).text)} For example ${name}=${rowOf(name).example}`,
  );
}

/** An error about one variable, with an example. */
export function invalid(name: VariableName, problem: string): ConfigurationError {
  const { example } = rowOf(name);
  return new ConfigurationError(
    "ERR_OAUTH_ENV_INVALID",
    `${name} ${problem}; for example ${name}=${example}`,
  );
}

function rowOf(name: VariableName): Variable {
  const row = TABLE.get(name);
  if (row === undefined) throw new RangeError(`${name} is not in the table`);
  return row;
}

function checkUrl(name: VariableName, value: string): void {
  const url = parseAbsoluteUrl(value);
  if (url?.protocol === "https:") return;
  if (url?.protocol === "http:" && isLoopbackHost(url.hostname)) return;
  const hint =
    name === "OAUTH_RESOURCE" && url !== undefined && !url.protocol.startsWith("http")
      ? ": it is the URL of this server; set OAUTH_AUDIENCE for another audience"
      : "; http is accepted for localhost only";
  throw invalid(name, `must be an https URL, found ${JSON.stringify(value)}${hint}`);
}

/** Removes Markdown code marks. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}
