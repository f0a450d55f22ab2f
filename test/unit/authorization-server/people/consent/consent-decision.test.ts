import { describe, expect, it } from "@jest/globals";
import {
  reasonToAsk,
  type ConsentQuestion,
} from "../../../../../src/authorization-server/people/consent/consent-decision.js";

const NOW = 1_800_000_000;
const HOST = "https://app.example.com";
const remembered = { grantId: "g", redirectHost: HOST, until: NOW + 1 };
const question: ConsentQuestion = {
  ...{ remembered, redirectHost: HOST, isNative: false, site: "none", now: NOW },
};

describe("the consent page", () => {
  it.each(["none", "same-origin"])("is skipped for a remembered consent: %s", (site) => {
    expect(reasonToAsk({ ...question, site })).toBeUndefined();
  });

  it.each<[string, Partial<ConsentQuestion>, string]>([
    ["without a remembered consent", { remembered: undefined }, "not_remembered"],
    ["at the second in which it ends", { now: NOW + 1 }, "expired"],
    ["for an application on the device", { isNative: true }, "native_client"],
    ["for another redirect host", { redirectHost: "https://other.example.com" }, "redirect_host"],
    ["for a navigation of another site", { site: "cross-site" }, "other_site"],
    ["for a navigation of a sibling domain", { site: "same-site" }, "other_site"],
    ["for a browser that sends no Sec-Fetch-Site", { site: "" }, "other_site"],
  ])("is shown %s", (_, change, reason) => {
    expect(reasonToAsk({ ...question, ...change })).toBe(reason);
  });
});
