/** Whether NODE_ENV says production, in any spelling: `Production` must not turn protections off. */
export function isProduction(): boolean {
  return process.env["NODE_ENV"]?.trim().toLowerCase() === "production";
}
