import { z } from "zod";

export const DAY = 86_400;
export const texts = z.array(z.string().min(1)).readonly();
export const seconds = (max: number): z.ZodNumber => z.number().finite().min(0).max(max);
export const aFunction = z.custom<never>(
  (value) => typeof value === "function",
  "must be a function",
);
