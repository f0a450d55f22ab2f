import { z } from "zod";
import { ASYMMETRIC_ALGORITHMS } from "../core/algorithms.js";
import { DAY, texts } from "./schema-parts.js";

const mode = z.enum(["allowed", "required", "off"]);
const onStoreFailure = z.enum(["refuse", "continue"]);
const secretBytes = z.union([z.string().min(1), z.instanceof(Uint8Array)]);

const dpop = z
  .object({
    mode: mode.optional(),
    proofMaxAgeSeconds: z.number().int().min(1).max(3_600).optional(),
    algorithms: z.array(z.enum(ASYMMETRIC_ALGORITHMS)).nonempty().readonly().optional(),
    nonce: z
      .object({
        secret: secretBytes.optional(),
        secrets: z.array(secretBytes).nonempty().readonly().optional(),
        periodSeconds: z.number().int().min(1).max(DAY).optional(),
      })
      .strict()
      .optional(),
    onStoreFailure: onStoreFailure.optional(),
  })
  .strict();

const mtls = z
  .object({
    proxy: z
      .object({
        addresses: texts,
        header: z.string().min(1).optional(),
        encoding: z.enum(["rfc9440", "pem-urlencoded", "base64-der"]).optional(),
      })
      .strict()
      .optional(),
    required: z.boolean().optional(),
  })
  .strict();

const STORE_METHODS = ["get", "getMany", "set", "add", "increment", "delete"] as const;

const store = z.custom<never>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    STORE_METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
  "must be a store: createRedisStore() of mcp-framework-oauth/redis makes one, and it must be awaited",
);

/** zod's shape of {@link SenderGroup}. */
export const senderShape = {
  dpop: z.union([mode, dpop]).optional(),
  mtls: mtls.optional(),
  store: store.optional(),
  storeEncryptionKeys: z
    .array(z.object({ id: z.string().min(1), secret: secretBytes }).strict())
    .nonempty()
    .readonly()
    .optional(),
  revocation: z
    .object({
      cacheSeconds: z.number().min(0).max(300).optional(),
      onStoreFailure: onStoreFailure.optional(),
    })
    .strict()
    .optional(),
};
