/** Whether NODE_ENV is production, in any case: `Production` must not disable protections. */
export function isProduction(): boolean {
  return process.env["NODE_ENV"]?.trim().toLowerCase() === "production";
}
