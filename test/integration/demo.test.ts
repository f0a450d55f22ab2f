import { describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { runDemo } from "../../src/demo/run.js";

describe("npm run demo", () => {
  // The demo asserts every status itself and rejects on an unexpected one.
  it("lets the real client in on both transports and refuses every other request", async () => {
    jest.spyOn(logger, "info").mockReturnValue(undefined);
    jest.spyOn(logger, "warn").mockReturnValue(undefined);
    const lines: string[] = [];
    await runDemo((line) => lines.push(line));
    const transcript = lines.join("\n");
    expect(transcript.match(/tools\/call {2}→ \{"subject":"alice"/g)).toHaveLength(2);
    expect(transcript.match(/\/register → 201/g)).toHaveLength(2);
    const refusals = transcript.slice(transcript.indexOf("Refused requests"));
    expect([...refusals.matchAll(/→ (\d{3})/g)].map(([, status]) => status)).toEqual([
      "401",
      "401",
      "401",
      "404",
      "403",
      "200",
    ]);
    expect(lines.at(-1)).toContain("every other request was refused");
  });
});
