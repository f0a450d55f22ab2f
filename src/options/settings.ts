import { ASYMMETRIC_ALGORITHMS } from "../core/algorithms.js";
import type { ApiKeySettings } from "./api-keys.js";
import type { IntrospectionSettings } from "./introspection.js";
import type { ParsedOptions } from "./options.js";
import {
  claimRequirements,
  validation as validationSchema,
  type JwsAlgorithm,
  type ParsedCustom,
  type ParsedHybrid,
  type ParsedIntrospection,
  type ParsedJwt,
  type ParsedValidation,
  type StaticSettings,
} from "./validation.js";

/** Values of an entry that default to other options. */
interface Target {
  readonly issuer: string;
  readonly audience: readonly string[];
}
type Resolved<T> = Omit<T, keyof Target> & Target;

export type JwtSettings = Resolved<Omit<ParsedJwt, "type" | "introspection">> & {
  readonly algorithms: readonly JwsAlgorithm[];
};
export type IntrospectionEntrySettings = Resolved<ParsedIntrospection> & {
  readonly introspection: IntrospectionSettings;
};
export type HybridEntrySettings = JwtSettings &
  Resolved<ParsedHybrid> & { readonly introspection: IntrospectionSettings };
export type CustomSettings = Omit<ParsedCustom, "audience"> & Pick<Target, "audience">;

type ValidationSettings =
  | (JwtSettings & { readonly type: "jwt" })
  | IntrospectionEntrySettings
  | HybridEntrySettings
  | CustomSettings
  | StaticSettings;

/** The settings that the code reads, with every default filled in. */
export interface Settings extends Omit<ParsedOptions, "validation" | "introspection"> {
  readonly validation: readonly ValidationSettings[];
  readonly apiKeys?: ApiKeySettings | undefined;
  readonly authMode: "oauth" | "api_key" | "both";
}

/** Fills in the defaults that depend on other options. The rules have accepted the options before. */
export function resolveSettings(options: ParsedOptions): Settings {
  return {
    ...options,
    authMode: options.authMode ?? (options.apiKeys === undefined ? "oauth" : "both"),
    validation: validationEntries(options).map(({ entry }) => resolveEntry(entry, options)),
  };
}

/** One way to validate tokens, and the option that configures it. */
interface Entry {
  readonly entry: ParsedValidation;
  /** Name in messages, for example `validation[1]`. */
  readonly name: string;
  /** Index in `validation`. */
  readonly index: number;
}

/** `validation` as a list, or its default. */
export function validationEntries(options: ParsedOptions): readonly Entry[] {
  const { validation, introspection, issuers, authorizationServers } = options;
  if (validation === undefined) {
    const jwts = issuers === undefined ? authorizationServers : [];
    return [
      ...jwts.map((issuer) => validationSchema.parse({ type: "jwt", issuer })),
      ...(introspection === undefined ? [] : [validationSchema.parse({ type: "introspection" })]),
    ].map((entry, index) => ({ entry, name: "validation", index }));
  }
  if (!isList(validation)) return withOpaque(validation, introspection, "validation", 0);
  return validation.flatMap((entry, index) =>
    withOpaque(entry, undefined, `validation[${index}]`, index),
  );
}

function isList<T extends object>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** An entry for JWTs with an introspection endpoint is two entries: other tokens have the same requirements. */
function withOpaque(
  entry: ParsedValidation,
  shared: IntrospectionSettings | undefined,
  name: string,
  index: number,
): readonly Entry[] {
  const own = { entry, name, index };
  if (entry.type !== "jwt" || (entry.introspection ?? shared) === undefined) return [own];
  const { introspection } = entry;
  const opaque = {
    ...claimRequirements.parse(entry),
    type: "introspection",
    introspection,
  } as const;
  return [own, { ...own, entry: opaque }];
}

/** Whether the entry validates the tokens of an issuer; the application or a list decides others. */
export function hasIssuer(
  entry: ParsedValidation,
): entry is ParsedJwt | ParsedIntrospection | ParsedHybrid {
  return entry.type === "jwt" || entry.type === "introspection" || entry.type === "hybrid";
}

/** The issuer whose tokens an entry validates. */
export function issuerOf(
  entry: { readonly issuer?: string | undefined },
  { authorizationServers }: Pick<ParsedOptions, "authorizationServers">,
): string {
  return entry.issuer ?? authorizationServers[0] ?? "";
}

function resolveEntry(entry: ParsedValidation, options: ParsedOptions): ValidationSettings {
  if (!hasIssuer(entry) && entry.type !== "custom") return entry;
  const audience = [entry.audience ?? options.resource].flat();
  if (entry.type === "custom") return { ...entry, audience };
  const issuer = issuerOf(entry, options);
  if (entry.type === "jwt") return { ...resolveJwt(entry, { issuer, audience }), type: "jwt" };
  const introspection = resolveIntrospection(
    entry.introspection ?? options.introspection,
    // The JWT of a hybrid token has all three.
    entry.type === "hybrid" ? ["iss", "aud", "exp"] : [],
  );
  return entry.type === "introspection"
    ? { ...entry, issuer, audience, introspection }
    : { ...entry, ...resolveJwt(entry, { issuer, audience }), introspection };
}

/** Fills in the target and the algorithms that fit the kind of key. */
export function resolveJwt<T extends Omit<ParsedJwt, "type" | "introspection">>(
  entry: T,
  target: Target,
): Omit<T, keyof Target> & JwtSettings {
  return { ...entry, ...target, algorithms: algorithmsOf(entry) };
}

/** Accepted signature algorithms of an entry. */
export function algorithmsOf({
  algorithms,
  secret,
}: Pick<ParsedJwt, "algorithms" | "secret">): readonly JwsAlgorithm[] {
  return algorithms ?? (secret === undefined ? ASYMMETRIC_ALGORITHMS : ["HS256"]);
}

function resolveIntrospection(
  options: IntrospectionSettings | undefined,
  allowMissing: readonly ("iss" | "aud" | "exp")[],
): IntrospectionSettings {
  if (options === undefined) throw new RangeError("The rules check that introspection is set.");
  const { cacheTTL } = options;
  return {
    ...options,
    cacheSeconds: cacheTTL === undefined ? options.cacheSeconds : cacheTTL / 1000,
    allowMissing: options.allowMissing ?? allowMissing,
  };
}
