import { jwtValidation } from "../../../dist/options/validation.js";

const { clockToleranceSeconds, allowJwtTyp, claims, cacheSeconds } = jwtValidation.parse({
  type: "jwt",
});

/** Default settings of a JWT validator, as the wiring hands them over. */
export const JWT_SETTINGS = {
  clockToleranceSeconds,
  allowJwtTyp,
  mapping: claims,
  requirements: {},
  clock: () => Date.now() / 1000,
};
export const CACHE_SETTINGS = { ttlSeconds: cacheSeconds };
