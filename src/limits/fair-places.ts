import type { OAuthError } from "../core/errors.js";

export interface FairPlacesOptions {
  /** Calls in progress at once. */
  readonly places: number;
  /** The same, of one address block. Not limited for a block that is not known. */
  readonly placesOf: (block: string) => number;
  /** Calls that wait for a place. */
  readonly queue: number;
  /** The same, of one address block that is known. */
  readonly queueOfBlock: number;
  readonly maxWaitSeconds: number;
  /** For a call that does not fit into the queue, or waited too long. */
  readonly refusal: () => OAuthError;
}

interface Waiter {
  /** True with a place, false without one. */
  readonly settle: (hasPlace: boolean) => void;
}

/** The block of a client whose address is not known. */
const UNKNOWN = "";

/**
 * Places for calls, shared fairly between the addresses that cause them: a free
 * place goes to one address block after the other, and to the longest waiting
 * call of that block.
 */
export class FairPlaces {
  readonly #options: FairPlacesOptions;
  readonly #activeOf = new Map<string, number>();
  /** In the order of their turns. A set, so that leaving the middle costs nothing. */
  readonly #queues = new Map<string, Set<Waiter>>();
  #active = 0;
  #waiting = 0;

  constructor(options: FairPlacesOptions) {
    this.#options = options;
  }

  get load(): { readonly active: number; readonly waiting: number } {
    return { active: this.#active, waiting: this.#waiting };
  }

  /**
   * Takes a place, immediately or in turn. The caller must {@link leave} it.
   *
   * @returns false for a call that {@link dismiss} sent away
   * @throws what `refusal` returns
   */
  enter(block = UNKNOWN): true | Promise<boolean> {
    if (this.#hasPlace(block)) {
      this.#take(block);
      return true;
    }
    const { queue, queueOfBlock, refusal } = this.#options;
    const ofBlock = this.#queues.get(block)?.size ?? 0;
    const isFull = this.#waiting >= queue || (block !== UNKNOWN && ofBlock >= queueOfBlock);
    if (isFull) throw refusal();
    return this.#wait(block);
  }

  leave(block = UNKNOWN): void {
    const active = this.#activeOf.get(block) ?? 0;
    if (active > 1) this.#activeOf.set(block, active - 1);
    else this.#activeOf.delete(block);
    this.#active -= 1;
    this.#startWaiting();
  }

  /** Sends the waiting calls away: those of one block, or all. */
  dismiss(block?: string): void {
    const queues = block === undefined ? [...this.#queues.values()] : [this.#queues.get(block)];
    for (const queue of queues) for (const waiter of queue ?? []) waiter.settle(false);
  }

  #hasPlace(block: string): boolean {
    if (this.#active >= this.#options.places) return false;
    return block === UNKNOWN || (this.#activeOf.get(block) ?? 0) < this.#options.placesOf(block);
  }

  #take(block: string): void {
    this.#active += 1;
    this.#activeOf.set(block, (this.#activeOf.get(block) ?? 0) + 1);
  }

  #wait(block: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        clearTimeout(timer);
        this.#waiting -= 1;
        queue.delete(waiter);
        if (queue.size === 0) this.#queues.delete(block);
      };
      const waiter: Waiter = {
        settle: (hasPlace) => {
          leaveQueue();
          resolve(hasPlace);
        },
      };
      const timer = setTimeout(() => {
        leaveQueue();
        reject(this.#options.refusal());
      }, this.#options.maxWaitSeconds * 1000);
      timer.unref();
      const queue = this.#queues.get(block) ?? new Set();
      this.#queues.set(block, queue.add(waiter));
      this.#waiting += 1;
    });
  }

  #startWaiting(): void {
    while (this.#active < this.#options.places) {
      const next = this.#nextInTurn();
      if (next === undefined) return;
      this.#take(next.block);
      next.waiter.settle(true);
    }
  }

  #nextInTurn(): { readonly block: string; readonly waiter: Waiter } | undefined {
    for (const [block, queue] of this.#queues) {
      if (!this.#hasPlace(block)) continue;
      // Its next turn comes after everybody else's.
      this.#queues.delete(block);
      this.#queues.set(block, queue);
      for (const waiter of queue) return { block, waiter };
    }
    return undefined;
  }
}
