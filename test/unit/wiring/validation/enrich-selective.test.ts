import { expect, it } from "@jest/globals";
import type { AccessToken } from "../../../../src/core/access-token.js";
import { enrichSelective } from "../../../../src/wiring/validation/enrich-selective.js";
import { createEnricher } from "../../../../src/validators/enrich.js";

it("remembers what enrich adds, and nothing of a credential that is checked anew", async () => {
  let scopes = ["read", "write"];
  let enriched = 0;
  const validator = enrichSelective(
    {
      recognizes: () => true,
      validate: () =>
        Promise.resolve({ clientId: "c", audience: [], scopes, claims: {} } as AccessToken),
    },
    createEnricher(() => ({ times: ++enriched })),
    () => 1_800_000_000,
  );
  expect(await validator.validate("key-1")).toMatchObject({ scopes, data: { times: 1 } });
  scopes = ["read"];
  expect(await validator.validate("key-1")).toMatchObject({ scopes: ["read"], data: { times: 1 } });
});
