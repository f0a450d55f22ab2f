import { describe, expect, it } from "@jest/globals";
import { LabelSet } from "../../../src/telemetry/label-set.js";

describe("the values of a label", () => {
  it("are kept up to a limit; later values count as other", () => {
    const labels = new LabelSet(2);
    expect(["a", "b", "c", "a", "d"].map((value) => labels.label(value))).toEqual([
      "a",
      "b",
      "other",
      "a",
      "other",
    ]);
  });

  it("are not long", () => {
    const labels = new LabelSet(2);
    expect(labels.label("x".repeat(200))).toBe("x".repeat(200));
    expect(labels.label("x".repeat(201))).toBe("other");
  });
});
