import type { Clock } from "../../../core/clock.js";
import type { Records } from "../../grants/records.js";
import { browserHash } from "../browser/browser-binding.js";

const KIND = "KnownBrowser";
const SECONDS = 180 * 86_400;

/** Browsers in which an account has signed in during the last 180 days. */
export class KnownBrowsers {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** @param account an account id, or the user name that was typed: both take one look-up */
  async has(browserId: string, account: string): Promise<boolean> {
    return (await this.records.get(KIND, idOf(browserId, account))) !== undefined;
  }

  async add(browserId: string, accountId: string): Promise<void> {
    const id = idOf(browserId, accountId);
    const expiresAt = Math.floor(this.clock()) + SECONDS;
    const indexes = { account: accountId };
    await this.records.commit([{ put: { kind: KIND, id, payload: {}, indexes, expiresAt } }]);
  }
}

function idOf(browserId: string, account: string): string {
  return `${browserHash(browserId)} ${account}`;
}
