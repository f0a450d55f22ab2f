import { LRUCache } from "lru-cache";
import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

const MOST_ENTRIES = 10_000;
/** Registration is open to anybody, and one entry may be as large as a request body. */
const MOST_CLIENTS = 1_000;

/**
 * Keeps what oidc-provider wants kept, in memory, forgotten on restart.
 *
 * Every model has room of its own: whoever registers clients without end can
 * push out other clients, which register again, but no session and no token.
 */
export function createMemoryAdapter(): AdapterFactory {
  const rooms = new Map<string, Adapter>();
  return (model) => {
    const known = rooms.get(model);
    if (known !== undefined) return known;
    const room = createRoom(model === "Client" ? MOST_CLIENTS : MOST_ENTRIES);
    rooms.set(model, room);
    return room;
  };
}

/* eslint-disable @typescript-eslint/require-await -- the contract is asynchronous */
function createRoom(max: number): Adapter {
  const entries = new LRUCache<string, AdapterPayload>({ max });
  const findWhere = (test: (payload: AdapterPayload) => boolean) => {
    for (const [, payload] of entries.entries()) if (test(payload)) return payload;
    return undefined;
  };
  return {
    async upsert(id, payload, expiresIn) {
      entries.set(id, payload, expiresIn === undefined ? {} : { ttl: expiresIn * 1000 });
    },
    async find(id) {
      return entries.get(id);
    },
    async findByUid(uid) {
      return findWhere((payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return findWhere((payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const payload = entries.get(id);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      entries.delete(id);
    },
    async revokeByGrantId(grantId) {
      // Looks through everything instead of keeping an index: an index that lost
      // an entry would leave a stolen token alive.
      for (const [id, payload] of [...entries.entries()]) {
        if (payload.grantId === grantId) entries.delete(id);
      }
    },
  };
}
