const RING = "src/authorization-server/keys/key-ring.ts";
const RING_TEST = "test/unit/authorization-server/keys/key-ring.test.ts";
const ROTATION_TEST = "test/integration/authorization-server/key-rotation.test.ts";

export default [
  {
    rule: "of two processes that generate the first key, both use the same one",
    file: RING,
    from: "await records.commit([{ add: record }]);",
    to: "await records.commit([{ put: record }]);",
    tests: [RING_TEST],
  },
  {
    rule: "a new key is published before it signs",
    file: RING,
    from: "await this.#add((newest?.number ?? 0) + 1, this.#now() + KEY_LEAD_SECONDS);",
    to: "await this.#add((newest?.number ?? 0) + 1, this.#now());",
    tests: [RING_TEST],
  },
  {
    rule: "an old key verifies until its last token has expired",
    file: RING,
    from: "successor.signsFrom + generation.usedForSeconds + MARGIN_SECONDS < now",
    to: "successor.signsFrom < now",
    tests: [RING_TEST],
  },
  {
    rule: "a rotation needs no restart",
    file: "src/authorization-server/create-authorization-server.ts",
    from: "keys.onChange((changed) => (instance = createInstance(changed)));",
    to: "",
    tests: [ROTATION_TEST],
  },
];
