import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.js";
import { RateLimitedError } from "../core/errors.js";
import { sha256 } from "../core/hashes.js";
import type { Operation } from "../messages/operation.js";
import type { Store } from "../stores/store.js";

export interface RequestQuotaOptions {
  /** Messages of one owner in a window. */
  readonly perPrincipal: number | undefined;
  /** Calls of each tool, or of the named ones, by one owner in a window. */
  readonly perTool: number | Readonly<Record<string, number>> | undefined;
  readonly windowSeconds: number;
  readonly clock: Clock;
  /** Whether a server has a tool of this name: names that clients make up are not counted. */
  readonly hasTool: (name: string) => boolean;
  /** Counts for all processes together. While it is away, each process counts for itself. */
  readonly store?: Store | undefined;
  /** Counts that this process keeps; the least recently used one is forgotten first. */
  readonly maxCounts?: number;
}

/** How a request stands with the limits, as headers of its answer, and the refusal if it exceeds one. */
export interface Standing {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: RateLimitedError | undefined;
}

/** A limit that applies to a request. */
interface Charge {
  readonly policy: "principal" | "tool";
  readonly tool?: string;
  readonly points: number;
  /** Hashed: a count takes the same memory for every name. */
  readonly key: string;
  readonly by: number;
  /** Used in this window, this request included. */
  used: number;
}

/**
 * Limits on good requests: messages of one owner, and calls of each tool by one owner, in fixed
 * windows.
 *
 * A request that this process knows to exceed a limit is refused without being counted, and without
 * using the store: a flood costs Redis nothing.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-10
 */
export class RequestQuota {
  readonly #options: RequestQuotaOptions;
  readonly #counts: LRUCache<string, number>;
  #window = -1;

  constructor(options: RequestQuotaOptions) {
    this.#options = options;
    this.#counts = new LRUCache({ max: options.maxCounts ?? 100_000 });
  }

  /**
   * Counts a request. Returns synchronously if no store is used; never throws or rejects.
   *
   * @param owner a user, a client that acts for itself, or an anonymous client's address block
   * @param operations none for a request without a body, which counts as one message
   */
  take(owner: string, operations: readonly Operation[]): Standing | Promise<Standing> {
    const window = this.#beginWindow();
    const charges = this.#chargesOf(owner, operations);
    for (const charge of charges) charge.used = this.#countOf(charge) + charge.by;
    if (charges.some(isOver)) return this.#standing(charges, false);
    for (const { key, used } of charges) this.#counts.set(key, used);
    const { store } = this.#options;
    if (store === undefined || charges.length === 0) return this.#standing(charges, true);
    return Promise.all(charges.map((charge) => this.#share(store, charge, window))).then(() =>
      this.#standing(charges, true),
    );
  }

  async #share(store: Store, charge: Charge, window: number): Promise<void> {
    const { windowSeconds } = this.#options;
    const { policy, key, by } = charge;
    try {
      charge.used = await store.increment(`quota:${policy}:${window}:${key}`, windowSeconds, by);
    } catch {
      // A limit is no decision about a token: without the store it holds per process.
      return;
    }
    if (window !== this.#window) return;
    this.#counts.set(key, Math.max(charge.used, this.#countOf(charge)));
  }

  #chargesOf(owner: string, operations: readonly Operation[]): readonly Charge[] {
    const { perPrincipal, perTool } = this.#options;
    const charges: Charge[] = [];
    if (perPrincipal !== undefined) {
      const by = Math.max(1, operations.length);
      charges.push({ policy: "principal", points: perPrincipal, key: sha256(owner), by, used: 0 });
    }
    if (perTool === undefined) return charges;
    for (const [tool, by] of callsByTool(operations)) {
      const points = this.#pointsOf(tool, perTool);
      if (points === undefined) continue;
      const key = sha256(JSON.stringify([owner, tool]));
      charges.push({ policy: "tool", tool, points, key, by, used: 0 });
    }
    return charges;
  }

  #pointsOf(
    tool: string,
    perTool: NonNullable<RequestQuotaOptions["perTool"]>,
  ): number | undefined {
    if (typeof perTool === "number") return this.#options.hasTool(tool) ? perTool : undefined;
    return Object.hasOwn(perTool, tool) ? perTool[tool] : undefined;
  }

  #countOf({ key }: Charge): number {
    return this.#counts.get(key) ?? 0;
  }

  #beginWindow(): number {
    const { clock, windowSeconds } = this.#options;
    const window = Math.floor(clock() / windowSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    return window;
  }

  #standing(charges: readonly Charge[], isCounted: boolean): Standing {
    const { clock, windowSeconds } = this.#options;
    const seconds = Math.max(1, Math.ceil(windowSeconds - (clock() % windowSeconds)));
    const reported = [
      ...charges.filter(({ policy }) => policy === "principal"),
      ...tightest(charges.filter(({ policy }) => policy === "tool")),
    ];
    const exceeded = reported.find(isOver);
    return {
      headers: headersOf(reported, windowSeconds, seconds, isCounted),
      refusal:
        exceeded &&
        new RateLimitedError(
          exceeded.policy === "tool" ? "too_many_calls_of_tool" : "too_many_requests_of_principal",
          { retryAfterSeconds: seconds },
        ),
    };
  }
}

function isOver({ used, points }: Charge): boolean {
  return used > points;
}

function callsByTool(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const { method, target } of operations) {
    if (method !== "tools/call" || target === undefined) continue;
    calls.set(target.name, (calls.get(target.name) ?? 0) + 1);
  }
  return calls;
}

/** Of several tools in a batch, the one with the fewest calls left: it decides. */
function tightest(charges: readonly Charge[]): readonly Charge[] {
  const [first, ...others] = charges;
  if (first === undefined) return [];
  const left = ({ points, used }: Charge) => points - used;
  return [others.reduce((least, charge) => (left(charge) < left(least) ? charge : least), first)];
}

/** Two lists of structured fields (RFC 9651). `pk` is the name of the tool. */
function headersOf(
  charges: readonly Charge[],
  windowSeconds: number,
  seconds: number,
  isCounted: boolean,
): Readonly<Record<string, string>> {
  if (charges.length === 0) return {};
  const partition = ({ tool }: Charge) =>
    tool === undefined ? "" : `;pk=:${Buffer.from(tool).toString("base64")}:`;
  const policies = charges.map(
    (charge) => `"${charge.policy}";q=${charge.points};w=${windowSeconds}${partition(charge)}`,
  );
  const limits = charges.map((charge) => {
    const used = isCounted ? charge.used : charge.used - charge.by;
    const left = Math.max(0, charge.points - used);
    return `"${charge.policy}";r=${left};t=${seconds}${partition(charge)}`;
  });
  return { "RateLimit-Policy": policies.join(", "), RateLimit: limits.join(", ") };
}
