import { Lease } from "../../src/sessions/lease.js";

/** A lease without end. */
export const fakeLease = (): Lease => new Lease(undefined, () => 0, 0);
