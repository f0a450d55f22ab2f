import { afterAll, describe, it } from "@jest/globals";
import { devTests } from "./dev.js";
import { initTests } from "./init.js";
import { questionTests } from "./questions.js";
import { openWorkshop } from "./support/workshop.js";
import { templateTests } from "./templates.js";

const workshop = await openWorkshop();

if (workshop !== undefined) {
  afterAll(() => workshop.close());
  templateTests(workshop);
  initTests(workshop);
  devTests(workshop);
  questionTests(workshop);
} else if (process.env["CI"]) {
  describe("scaffolding", () => {
    it("needs the npm registry", () => {
      throw new Error("The npm registry cannot be reached; in CI these tests must run.");
    });
  });
} else {
  console.warn("Skipped the scaffold tests: the npm registry cannot be reached.");
  describe.skip("scaffolding", () => {
    it("needs the npm registry", () => undefined);
  });
}
