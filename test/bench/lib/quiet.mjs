import { logger } from "mcp-framework";

/** The framework writes several lines per decision to stderr; this process discards them. */
export function quiet() {
  for (const level of ["info", "log", "warn", "error", "debug"]) logger[level] = () => undefined;
}
