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
 * The input type of a shape, which users write. Keeps the docs of the rows, which `z.input`
 * loses: `interface DPoPOptions extends Input<typeof dpopShape> {}`.
 */
// Not an intersection if no member is required: TypeScript would also accept a string then.
export type Input<S extends z.ZodRawShape> = [Needed<S>] extends [never]
  ? { [K in keyof S]?: z.input<S[K]> }
  : { [K in keyof S as K & Needed<S>]: z.input<S[K]> } & {
      [K in keyof S as Exclude<K, Needed<S>>]?: z.input<S[K]>;
    };

/** The output type of a shape, which code reads: with defaults, so that few members are optional. */
export type Output<S extends z.ZodRawShape> = {
  readonly [K in keyof S as Given<S, K>]: z.output<S[K]>;
} & {
  readonly [K in keyof S as Exclude<K, Given<S, K>>]?: z.output<S[K]>;
};

/** A schema with named types, so that declarations and hover texts stay short. */
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
  /** Text, or a reference: `env:`, `file:` or `gcp-secret-manager:`. */
  | "secret"
  /** Text, `env:` or `file:`; read once, at start. */
  | "fixed-secret"
  /** PEM, in which `\n` is read as a line break, a JWK, or `file:`. */
  | "public-key";

/** The environment variable of a row. */
export interface VariableOptions {
  readonly example: string;
  /** @default derived from the schema: `url` for URLs, `choice` for an enum and so on */
  readonly kind?: VariableKind;
  /** Allowed values, if the schema does not list them. */
  readonly choices?: readonly string[];
  /** Largest number, if the schema has no limit. */
  readonly max?: number;
  /** Docs of the variable, if they differ from the option's. @default the first paragraph of the row's docs */
  readonly text?: string;
  /** Docs of the default, if they differ from the option's. @default the row's `@default` */
  readonly default?: string;
  /**
   * What must be set as well for the variable to have an effect, after "only with". If it is set and
   * has none, the server does not start.
   */
  readonly onlyWith?: string;
  /** Required for a server without a preset. */
  readonly required?: true;
  /** The option that the value sets, if it is not the row, or `false` for none. */
  readonly option?: string | false;
  /** Converts the value of the variable to the option's value. */
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

/** Registers the environment variable `name` that sets `schema`. */
export function env<const Name extends string, T extends z.ZodTypeAny>(
  name: Name,
  schema: T,
  options: VariableOptions,
): T & Named<Name> {
  if (variables.has(schema)) throw new RangeError(`The row of ${name} already has a variable.`);
  variables.set(schema, { name, ...options });
  return schema as T & Named<Name>;
}

/** The environment variable of a row. */
export function variableOf(row: z.ZodTypeAny): NamedVariable | undefined {
  return variables.get(row);
}

/** The schema inside wrappers: optional, default, readonly, refinements. */
export function bare(schema: z.ZodTypeAny): z.ZodTypeAny {
  if (schema instanceof z.ZodDefault) return bare(schema.removeDefault() as z.ZodTypeAny);
  if (schema instanceof z.ZodEffects) return bare(schema.innerType() as z.ZodTypeAny);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) {
    return bare(schema.unwrap() as z.ZodTypeAny);
  }
  return schema;
}
