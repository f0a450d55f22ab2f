import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import type { KeySetStatus } from "../keys/remote-jwks.js";
import type { Store } from "../stores/store.js";

/** A key set that JWTs of one issuer are checked with. */
export interface KeySetDependency {
  readonly issuer: string;
  readonly status: () => KeySetStatus;
  /** Loads it if it never was. Rejects when there are no keys to be had. */
  readonly load: () => Promise<unknown>;
}

/** What is known of an introspection endpoint from the calls made so far. */
export interface IntrospectionDependency {
  readonly issuer: string;
  readonly status: () => {
    /** `undefined` before the first call. */
    readonly works: boolean | undefined;
    readonly lastError: string | undefined;
  };
}

/**
 * Everything outside this process that decisions of one provider lean on, for
 * health and metrics. Holds configured things only, so it is as bounded as the
 * configuration.
 */
export class Dependencies {
  readonly keySets: KeySetDependency[] = [];
  readonly introspections: IntrospectionDependency[] = [];
  /** Some tokens or keys are judged without anybody's help. */
  hasLocalValidator = false;
  /** `undefined` without a shared store. */
  store: Store | undefined;
}

/** `introspect`, and what is known of the endpoint from its outcomes. */
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
        // A verdict on a token is an answer, too.
        ended(error instanceof UnavailableError ? error : undefined);
        throw error;
      }
    },
  };
}

/** The store, with every failure told. */
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
    increment: (key, ttl) => watch("increment", store.increment(key, ttl)),
    delete: (key) => watch("delete", store.delete(key)),
  };
}

/** How long an answer about the store's health is used again. */
const STORE_CHECK_SECONDS = 5;

/** Asks the store for something that is not there, at most every few seconds. */
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
