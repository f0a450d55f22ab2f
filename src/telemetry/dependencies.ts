import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import type { KeySetStatus } from "../keys/remote-jwks.js";
import type { Store } from "../stores/store.js";

/** The key set for JWTs of one issuer. */
export interface KeySetDependency {
  readonly issuer: string;
  readonly status: () => KeySetStatus;
  /** Loads it if it was never loaded. Rejects if there are no keys. */
  readonly load: () => Promise<unknown>;
}

/** The state of an introspection endpoint, from the calls made so far. */
export interface IntrospectionDependency {
  readonly issuer: string;
  readonly status: () => {
    /** `undefined` before the first call. */
    readonly works: boolean | undefined;
    readonly lastError: string | undefined;
  };
}

/**
 * The external dependencies of one provider's decisions, for
 * health and metrics. Contains only configured dependencies, so it is as bounded as the
 * configuration.
 */
export class Dependencies {
  readonly keySets: KeySetDependency[] = [];
  readonly introspections: IntrospectionDependency[] = [];
  /** Some tokens or keys are validated without external calls. */
  hasLocalValidator = false;
  /** `undefined` without a shared store. */
  store: Store | undefined;
}

/** Wraps `introspect` and records whether the endpoint works. */
export function watchIntrospection<T>(
  issuer: string,
  introspect: (token: string, block?: string) => Promise<T>,
  observe: (ok: boolean, seconds: number) => void,
): IntrospectionDependency & {
  readonly introspect: (token: string, block?: string) => Promise<T>;
} {
  let works: boolean | undefined;
  let lastError: string | undefined;
  return {
    issuer,
    status: () => ({ works, lastError }),
    introspect: async (token, block) => {
      const startedAt = performance.now();
      const ended = (error?: UnavailableError): void => {
        works = error === undefined;
        lastError = error?.reason;
        observe(works, (performance.now() - startedAt) / 1000);
      };
      try {
        const answer = await introspect(token, block);
        ended();
        return answer;
      } catch (error) {
        // A refused token is an answer as well.
        ended(error instanceof UnavailableError ? error : undefined);
        throw error;
      }
    },
  };
}

/** Wraps a store and reports every failure. */
export function watchStore(store: Store, onFailure: (operation: string) => void): Store {
  const watch = async <T>(operation: string, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      onFailure(operation);
      throw error;
    }
  };
  return {
    get: (key) => watch("get", store.get(key)),
    getMany: (keys) => watch("getMany", store.getMany(keys)),
    set: (key, value, ttl) => watch("set", store.set(key, value, ttl)),
    add: (key, value, ttl) => watch("add", store.add(key, value, ttl)),
    increment: (key, ttl, by) => watch("increment", store.increment(key, ttl, by)),
    delete: (key) => watch("delete", store.delete(key)),
  };
}

/** How long the result of a store check is cached. */
const STORE_CHECK_SECONDS = 5;

/** Reads a missing key from the store, at most every few seconds. */
export function storeProbe(store: Store, clock: Clock): () => Promise<boolean> {
  let checkedAt = -Infinity;
  let answer: Promise<boolean> = Promise.resolve(true);
  return () => {
    const age = clock() - checkedAt;
    if (age < 0 || age >= STORE_CHECK_SECONDS) {
      checkedAt = clock();
      answer = store.get("health:probe").then(
        () => true,
        () => false,
      );
    }
    return answer;
  };
}
