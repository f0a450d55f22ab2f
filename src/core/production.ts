function nodeEnv(): string | undefined {
  return process.env["NODE_ENV"]?.trim().toLowerCase();
}

/** Whether NODE_ENV is production, in any case: `Production` must not disable protections. */
export function isProduction(): boolean {
  return nodeEnv() === "production";
}

/**
 * Whether NODE_ENV names a machine without real data: `development` or `test`. Not set is not
 * development, because many production machines do not set it.
 */
export function isDevelopment(): boolean {
  return ["development", "test"].includes(nodeEnv() ?? "");
}
