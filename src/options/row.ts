import { z } from "zod";

/*
 * An option is one row of a shape: schema, docs, default, range and, with
 * `env`, its environment variable. Users write the input of the schema, code
 * reads its output.
 */

type Needed<S extends z.ZodRawShape> = {
  [K in keyof S]: undefined extends z.input<S[K]> ? never : K;
}[keyof S];
type Given<S extends z.ZodRawShape, K extends keyof S> =
  undefined extends z.output<S[K]> ? never : K;

/**
 * What users write for a shape. Keeps the docs of the rows, which `z.input`
 * loses: `interface DPoPOptions extends Input<typeof dpopShape> {}`.
 */
// Without needed members no intersection: TypeScript would then accept a string in its place.
export type Input<S extends z.ZodRawShape> = [Needed<S>] extends [never]
  ? { [K in keyof S]?: z.input<S[K]> }
  : { [K in keyof S as K & Needed<S>]: z.input<S[K]> } & {
      [K in keyof S as Exclude<K, Needed<S>>]?: z.input<S[K]>;
    };

/** What code reads: defaults are filled in, and only what can truly be absent is optional. */
export type Output<S extends z.ZodRawShape> = {
  readonly [K in keyof S as Given<S, K>]: z.output<S[K]>;
} & {
  readonly [K in keyof S as Exclude<K, Given<S, K>>]?: z.output<S[K]>;
};

/** A schema under the names of its two types, so that declarations and hover texts stay short. */
export type Schema<In, Out> = z.ZodType<Out, z.ZodTypeDef, In>;

/** How the text of a variable is read. */
export type VariableKind =
  | "text"
  | "url"
  /** Separated by commas or spaces. */
  | "list"
  | "urls"
  | "seconds"
  | "bytes"
  /** A whole number above zero. */
  | "count"
  | "flag"
  | "choice"
  /** A count, or `off`. */
  | "limit"
  /** Text, or where it is: `env:`, `file:` or `gcp-secret-manager:`. */
  | "secret"
  /** Text, `env:` or `file:`; read once, at start. */
  | "fixed-secret"
  /** PEM, in which `\n` may stand for line ends, a JWK, or `file:`. */
  | "public-key";

/** What the environment variable of a row says beyond the row. */
export interface VariableOptions {
  readonly example: string;
  /** @default what the schema implies: `url` for URLs, `choice` for an enum and so on */
  readonly kind?: VariableKind;
  /** Allowed values, where the schema does not list them. */
  readonly choices?: readonly string[];
  /** Largest number, where the schema has no bound. */
  readonly max?: number;
  /** What the variable says, where it differs from the option. @default the first paragraph of the row's docs */
  readonly text?: string;
  /** What holds without it, where it differs from the option. @default the row's `@default` */
  readonly default?: string;
  /** A server without presets cannot do without it. */
  readonly required?: true;
  /** The option that its value becomes, where that is not the row, or `false` for none. */
  readonly option?: string | false;
  /** Turns the value that was read into the option's. */
  readonly from?: (value: never) => unknown;
}

export interface NamedVariable extends VariableOptions {
  readonly name: string;
}

const variables = new WeakMap<z.ZodTypeAny, NamedVariable>();

declare const variable: unique symbol;
/** A row with an environment variable: the type knows its name. */
export interface Named<Name extends string> {
  readonly [variable]: Name;
}
/** Names of the variables of a shape. */
export type VariableNames<S> = S extends z.ZodRawShape
  ? { [K in keyof S]: S[K] extends Named<infer Name extends string> ? Name : never }[keyof S]
  : never;

/** `schema`, and the environment variable `name` that sets it. */
export function env<const Name extends string, T extends z.ZodTypeAny>(
  name: Name,
  schema: T,
  options: VariableOptions,
): T & Named<Name> {
  if (variables.has(schema)) throw new RangeError(`The row of ${name} has a variable already.`);
  variables.set(schema, { name, ...options });
  return schema as T & Named<Name>;
}

/** The environment variable of a row. */
export function variableOf(row: z.ZodTypeAny): NamedVariable | undefined {
  return variables.get(row);
}

/** A schema without what is wrapped around it: optional, default, readonly, refinements. */
export function bare(schema: z.ZodTypeAny): z.ZodTypeAny {
  if (schema instanceof z.ZodDefault) return bare(schema.removeDefault() as z.ZodTypeAny);
  if (schema instanceof z.ZodEffects) return bare(schema.innerType() as z.ZodTypeAny);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) {
    return bare(schema.unwrap() as z.ZodTypeAny);
  }
  return schema;
}
