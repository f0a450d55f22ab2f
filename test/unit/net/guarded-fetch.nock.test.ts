import { afterAll, describe, expect, it } from "@jest/globals";
// In a file of its own: nock takes over node:http from the moment it is imported.
import nock from "nock";
import { createOutboundFetch } from "../../../src/net/guarded-fetch.js";

describe("createOutboundFetch", () => {
  afterAll(() => nock.restore());

  it("goes through node:https, where nock can answer", async () => {
    nock("https://idp.example").get("/x").reply(200, { a: 1 });
    const response = await createOutboundFetch({ env: {} })("https://idp.example/x");
    expect(await response.json()).toEqual({ a: 1 });
  });

  it("bounds the time a nocked answer may take", async () => {
    nock("https://idp.example").get("/slow").delay(60_000).reply(200, {});
    const fetch = createOutboundFetch({ env: {}, timeoutMs: 50 });
    await expect(fetch("https://idp.example/slow")).rejects.toMatchObject({ failure: "timeout" });
    nock.abortPendingRequests();
  });
});
