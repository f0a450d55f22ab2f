const UPKEEP_TEST = "test/integration/authorization-server/upkeep.test.ts";
const SEALED_TEST = "test/unit/authorization-server/storage/sealed-storage.test.ts";

export default [
  {
    rule: "a revocation reaches the resource servers of other processes",
    file: "src/authorization-server/create-authorization-server.ts",
    from: "repeat(REVOCATION_SECONDS, () => revoker.followOthers(records, clock()), report),",
    to: "",
    tests: [UPKEEP_TEST],
  },
  {
    rule: "a revoked token is announced in the step that removes it",
    file: "src/authorization-server/grants/revoker.ts",
    from: "      leave: toNotice,",
    to: "",
    tests: [UPKEEP_TEST],
  },
  {
    rule: "a removal by index goes on until nothing is left",
    file: "src/authorization-server/storage/sealed-storage.ts",
    from: "if (found.length === 0) return [...taken.values()];",
    to: "if (found.length === 0 || taken.size > 0) return [...taken.values()];",
    tests: [SEALED_TEST],
  },
];
