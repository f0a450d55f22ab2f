type Json = Record<string, unknown>;

/**
 * `addition` laid over `base`: objects member by member, anything else
 * replaced. A dependency is never listed both for use and for development.
 */
export function mergePackageJson(base: Json, addition: Json): Json {
  const merged = merge(base, addition);
  const { dependencies, devDependencies } = merged;
  if (isObject(dependencies) && isObject(devDependencies)) {
    merged["devDependencies"] = Object.fromEntries(
      Object.entries(devDependencies).filter(([name]) => !Object.hasOwn(dependencies, name)),
    );
  }
  return merged;
}

function merge(base: Json, addition: Json): Json {
  const merged: Json = { ...base };
  for (const [name, value] of Object.entries(addition)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
