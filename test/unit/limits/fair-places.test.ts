import { describe, expect, it } from "@jest/globals";
import { UnavailableError } from "../../../src/core/errors.js";
import { FairPlaces, type FairPlacesOptions } from "../../../src/limits/fair-places.js";
import { requirement } from "../../support/requirement.js";

const create = (options: Partial<FairPlacesOptions> = {}) =>
  new FairPlaces({
    places: 2,
    placesOf: () => 2,
    queue: 100,
    queueOfBlock: 50,
    maxWaitSeconds: 5,
    refusal: () => new UnavailableError("custom_full"),
    ...options,
  });

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Enters and notes down who got a place, in this order. */
function queueUp(places: FairPlaces, order: string[], block: string | undefined, name: string) {
  const place = places.enter(block);
  if (place === true) order.push(name);
  else place.then((has) => order.push(has ? name : `${name} dismissed`)).catch(() => undefined);
}

describe("FairPlaces", () => {
  requirement("avail-fair", "serve one address after the other, not one queue", async () => {
    const places = create({ places: 1 });
    const order: string[] = [];
    for (let n = 0; n < 20; n += 1) queueUp(places, order, "flood", `flood-${n}`);
    queueUp(places, order, "a", "a-0");
    queueUp(places, order, "b", "b-0");
    queueUp(places, order, "a", "a-1");
    for (const block of ["flood", "flood", "a", "b", "flood", "a"]) {
      places.leave(block);
      await settle();
    }
    expect(order).toEqual(["flood-0", "flood-1", "a-0", "b-0", "flood-2", "a-1", "flood-3"]);
  });

  requirement("avail-fair", "keep places free of an address that has its share", async () => {
    const places = create({ places: 4, placesOf: () => 2 });
    const order: string[] = [];
    for (let n = 0; n < 5; n += 1) queueUp(places, order, "flood", `flood-${n}`);
    queueUp(places, order, "other", "other-0");
    expect(order).toEqual(["flood-0", "flood-1", "other-0"]);
    expect(places.load).toEqual({ active: 3, waiting: 3 });
    places.leave("other");
    await settle();
    expect(order).toHaveLength(3);
    places.leave("flood");
    await settle();
    expect(order.at(-1)).toBe("flood-2");
  });

  it("bound the queue, in all and of one address", () => {
    const places = create({ places: 1, queue: 3, queueOfBlock: 2 });
    const order: string[] = [];
    for (const name of ["1", "2", "3"]) queueUp(places, order, "flood", name);
    expect(() => places.enter("flood")).toThrow("custom_full");
    queueUp(places, order, "other", "other");
    expect(() => places.enter("third")).toThrow("custom_full");
    expect(places.load).toEqual({ active: 1, waiting: 3 });
    places.dismiss();
  });

  it("have no share for a client whose address is not known", async () => {
    const places = create({ places: 3, placesOf: () => 1, queue: 9, queueOfBlock: 1 });
    const order: string[] = [];
    for (let n = 0; n < 6; n += 1) queueUp(places, order, undefined, `${n}`);
    expect(places.load).toEqual({ active: 3, waiting: 3 });
    for (let n = 0; n < 6; n += 1) {
      places.leave();
      await settle();
    }
    expect(places.load).toEqual({ active: 0, waiting: 0 });
    expect(order).toHaveLength(6);
  });

  it("send away who waits: of one address, or all", async () => {
    const places = create({ places: 1 });
    const order: string[] = [];
    for (const block of ["a", "a", "b", "c"]) queueUp(places, order, block, block);
    places.dismiss("a");
    await settle();
    expect(order).toEqual(["a", "a dismissed"]);
    places.dismiss();
    await settle();
    expect(order).toEqual(["a", "a dismissed", "b dismissed", "c dismissed"]);
    expect(places.load).toEqual({ active: 1, waiting: 0 });
    places.leave("a");
    expect(places.enter("b")).toBe(true);
  });

  it("refuse who waited too long, and leave no trace of it", async () => {
    const places = create({ places: 1, maxWaitSeconds: 0.01 });
    expect(places.enter("a")).toBe(true);
    await expect(places.enter("b")).rejects.toThrow("custom_full");
    expect(places.load).toEqual({ active: 1, waiting: 0 });
    places.leave("a");
    expect(places.enter("c")).toBe(true);
  });
});
