import { z } from "zod";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

export const DAY = 86_400;

export const text = z.string().min(1);
export const texts = z.array(text).readonly();
export const url = z.string().url();
/** A page: a URL, or a path on the resource's own origin. */
export const page = z
  .string()
  .refine(
    (value) => /^\/(?![/\\])/.test(value) || parseAbsoluteUrl(value) !== undefined,
    "must be a URL, or a path that starts with one slash",
  );
export const seconds = (max: number): z.ZodNumber => z.number().finite().min(0).max(max);
export const wholeSeconds = (max: number): z.ZodNumber => z.number().int().min(1).max(max);
/** Timeout in seconds, up to a minute. */
export const timeoutSeconds = z.number().finite().positive().max(60);
export const count = z.number().int().min(1).max(1_000_000_000);
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be an HTTP header name");
/** 32 random bytes: raw, or as base64url text. */
export const secretBytes = z.union([z.string().min(1), z.instanceof(Uint8Array)]);
/** While the store is down: refuse with 503, or continue without it. */
export const onStoreFailure = z.enum(["refuse", "continue"]);

/** An option that is a function of type `T`. */
export const aFunction = <T>(): z.ZodType<T, z.ZodTypeDef, T> =>
  z.custom<T>((value) => typeof value === "function", "must be a function");

/** An option whose type is `T`, and whose shape is checked where it is used. */
export const checkedLater = <T>(): z.ZodType<T, z.ZodTypeDef, T> => z.custom<T>();

/** One `schema`, or a non-empty list of them. */
export const oneOrMore = <T extends z.ZodTypeAny>(schema: T) =>
  z.union([schema, z.array(schema).min(1).readonly()]);

/** 32 random bytes: raw, or as base64url text. */
export type SecretBytes = z.input<typeof secretBytes>;

/** PEM in a variable: `\n` is read as a line break. */
export const withLineEnds = <T>(value: T): T | string =>
  typeof value === "string" ? value.replaceAll("\\n", "\n") : value;
