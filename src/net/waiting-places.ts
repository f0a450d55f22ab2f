/** Counts who waits for one thing, in all and by client address. */
export class WaitingPlaces {
  readonly #ofBlock = new Map<string, number>();
  #taken = 0;

  constructor(
    private readonly max: number,
    private readonly maxOfBlock: number,
  ) {}

  /**
   * Takes a place; true if there was one. Every place that was taken must be left.
   *
   * @param block of the client's address; `undefined` is a block of its own
   */
  enter(block = ""): boolean {
    const taken = this.#ofBlock.get(block) ?? 0;
    if (this.#taken >= this.max || taken >= this.maxOfBlock) return false;
    this.#taken += 1;
    this.#ofBlock.set(block, taken + 1);
    return true;
  }

  leave(block = ""): void {
    const taken = this.#ofBlock.get(block) ?? 0;
    this.#taken -= 1;
    if (taken > 1) this.#ofBlock.set(block, taken - 1);
    else this.#ofBlock.delete(block);
  }
}
