import { ASYMMETRIC_ALGORITHMS } from "../core/algorithms.js";
import type { ApiKeySettings } from "./api-keys.js";
import type { IntrospectionSettings } from "./introspection.js";
import type { ParsedOptions } from "./options.js";
import {
  validation as validationSchema,
  type JwsAlgorithm,
  type ParsedCustom,
  type ParsedHybrid,
  type ParsedIntrospection,
  type ParsedJwt,
  type ParsedValidation,
  type StaticSettings,
} from "./validation.js";

/** The defaults of an entry that come from other options. */
interface Target {
  readonly issuer: string;
  readonly audience: readonly string[];
}
type Resolved<T> = Omit<T, keyof Target> & Target;

export type JwtSettings = Resolved<Omit<ParsedJwt, "type">> & {
  readonly algorithms: readonly JwsAlgorithm[];
};
export type IntrospectionEntrySettings = Resolved<ParsedIntrospection> & {
  readonly introspection: IntrospectionSettings;
};
export type HybridEntrySettings = JwtSettings &
  Resolved<ParsedHybrid> & { readonly introspection: IntrospectionSettings };
export type CustomSettings = Omit<ParsedCustom, "audience"> & Pick<Target, "audience">;

export type ValidationSettings =
  | (JwtSettings & { readonly type: "jwt" })
  | IntrospectionEntrySettings
  | HybridEntrySettings
  | CustomSettings
  | StaticSettings;

/** What the code reads: every default is filled in, also those that depend on other options. */
export interface Settings extends Omit<ParsedOptions, "validation" | "introspection"> {
  readonly validation: readonly ValidationSettings[];
  readonly apiKeys?: ApiKeySettings | undefined;
  readonly authMode: "oauth" | "api_key" | "both";
}

/** Fills in the defaults that depend on other options, which the rules accepted before. */
export function resolveSettings(options: ParsedOptions): Settings {
  return {
    ...options,
    authMode: options.authMode ?? (options.apiKeys === undefined ? "oauth" : "both"),
    validation: validationEntries(options).map((entry) => resolveEntry(entry, options)),
  };
}

/** `validation` as a list, or what stands for it where it is left out. */
export function validationEntries(options: ParsedOptions): readonly ParsedValidation[] {
  const { validation, introspection, issuers, authorizationServers } = options;
  if (validation !== undefined) return [validation].flat();
  const jwts = issuers === undefined ? authorizationServers : [];
  return [
    ...jwts.map((issuer) => validationSchema.parse({ type: "jwt", issuer })),
    ...(introspection === undefined ? [] : [validationSchema.parse({ type: "introspection" })]),
  ];
}

/** The issuer whose tokens an entry validates. */
export function issuerOf(
  entry: { readonly issuer?: string | undefined },
  { authorizationServers }: Pick<ParsedOptions, "authorizationServers">,
): string {
  return entry.issuer ?? authorizationServers[0] ?? "";
}

function resolveEntry(entry: ParsedValidation, options: ParsedOptions): ValidationSettings {
  if (entry.type === "static") return entry;
  const audience = [entry.audience ?? options.resource].flat();
  if (entry.type === "custom") return { ...entry, audience };
  const issuer = issuerOf(entry, options);
  if (entry.type === "jwt") return { ...resolveJwt(entry, { issuer, audience }), type: "jwt" };
  const introspection = resolveIntrospection(
    entry.introspection ?? options.introspection,
    // The JWT of a hybrid has all three.
    entry.type === "hybrid" ? ["iss", "aud", "exp"] : [],
  );
  return entry.type === "introspection"
    ? { ...entry, issuer, audience, introspection }
    : { ...entry, ...resolveJwt(entry, { issuer, audience }), introspection };
}

/** Fills in the target and the algorithms that fit the kind of key. */
export function resolveJwt<T extends Omit<ParsedJwt, "type">>(
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
  if (options === undefined) throw new RangeError("The rules check that introspection is there.");
  const { cacheTTL } = options;
  return {
    ...options,
    cacheSeconds: cacheTTL === undefined ? options.cacheSeconds : cacheTTL / 1000,
    allowMissing: options.allowMissing ?? allowMissing,
  };
}
