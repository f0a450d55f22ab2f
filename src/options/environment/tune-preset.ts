import type { Preset } from "../../providers/preset.js";
import { introspectionShape } from "../introspection.js";
import { claimShape, signatureShape, type ValidationOptions } from "../validation.js";
import type { EnvironmentReader } from "./environment-reader.js";

const { clockToleranceSeconds, requireSubject, requireClientId } = claimShape;
const { jwksTtlSeconds, jwksMaxStaleSeconds, cacheSeconds } = signatureShape;
const {
  timeoutSeconds,
  negativeCacheSeconds,
  cacheSeconds: introspectionCache,
} = introspectionShape;

/** A preset with the times and requirements of variables that do not depend on the provider. */
export function tunePreset(preset: Preset, reader: EnvironmentReader): Preset {
  const { validation } = preset;
  if (validation === undefined) return preset;
  // Read where they are used: one that is not is an error; see `refuseUnused`.
  const claims = () => reader.read({ clockToleranceSeconds, requireSubject, requireClientId });
  const keys = () => reader.read({ jwksTtlSeconds, jwksMaxStaleSeconds, cacheSeconds });
  const answers = () =>
    reader.read({ timeoutSeconds, negativeCacheSeconds, cacheSeconds: introspectionCache });
  const tuned = [validation].flat().map((entry: ValidationOptions): ValidationOptions => {
    if (entry.type === "jwt") return { ...entry, ...claims(), ...keys() };
    if (entry.type !== "introspection") return entry;
    return entry.introspection === undefined
      ? { ...entry, ...claims() }
      : { ...entry, ...claims(), introspection: { ...entry.introspection, ...answers() } };
  });
  const [only] = tuned;
  return { ...preset, validation: Array.isArray(validation) || only === undefined ? tuned : only };
}
