import { systemClock, type Clock } from "../../core/clock.js";
import { Revoker } from "../grants/revoker.js";
import { rotateStoredKeys } from "../keys/server-keys.js";
import { SealedStorage } from "../storage/sealed-storage.js";
import type { AuthorizationServerStorage } from "../storage/storage-keys.js";
import { createMaintenance, type Maintenance } from "./maintenance.js";

/**
 * Maintenance of a storage from a process of its own, while the authorization server runs.
 * `mcp-oauth as` uses it.
 *
 * @example
 * ```ts
 * import { openMaintenance, storageFromEnv } from "mcp-framework-oauth/authorization-server";
 *
 * const maintenance = await openMaintenance(await storageFromEnv(process.env));
 * const { people } = await maintenance.revoke({ client: "client-1" });
 * await maintenance.close();
 * ```
 *
 * @throws ConfigurationError if a storage key is missing or wrong
 */
export async function openMaintenance(
  storage: AuthorizationServerStorage,
): Promise<Maintenance & { close(): Promise<void> }> {
  const clock: Clock = systemClock;
  const opened = await SealedStorage.open(storage, clock);
  const maintenance = createMaintenance({
    storage: opened,
    revoker: new Revoker(opened),
    rotateKeys: () => rotateStoredKeys(opened, clock),
  });
  return { ...maintenance, close: () => opened.close() };
}
