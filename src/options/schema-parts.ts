import { z } from "zod";

export const DAY = 86_400;
export const texts = z.array(z.string().min(1)).readonly();
export const seconds = (max: number): z.ZodNumber => z.number().finite().min(0).max(max);
export const aFunction = z.custom<never>(
  (value) => typeof value === "function",
  "must be a function",
);
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be an HTTP header name");
/** One of `schema`, or a list of them that is not empty. */
export const oneOrMore = <T extends z.ZodTypeAny>(schema: T) =>
  z.union([schema, z.array(schema).nonempty().readonly()]);
