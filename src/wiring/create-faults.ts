import { logger } from "mcp-framework";
import type { Clock } from "../core/clock.js";
import type { Settings } from "../options/settings.js";
import { Faults } from "../telemetry/faults.js";

/** Reports to the framework's log and to `onError`. */
export function createFaults({ onError }: Pick<Settings, "onError">, clock: Clock): Faults {
  // Looked up at each call: the framework's logger may be replaced.
  return new Faults({ log: (line) => logger.error(line), onError, clock });
}

/**
 * Takes lines for the framework's debug log; `undefined` where that goes nowhere,
 * so that no line is made in vain.
 */
export function debugLog(): ((line: string) => void) | undefined {
  const isOn = process.env["MCP_DEBUG_CONSOLE"] === "true" || logger.isFileLoggingEnabled();
  return isOn ? (line) => logger.debug(line) : undefined;
}
