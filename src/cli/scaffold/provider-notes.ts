import type { ProviderChoice } from "./providers.js";

/** What the README of a new project says about its provider: a section, or nothing when nothing is known. */
export function providerNotes({ label, consoleSteps, unverified }: ProviderChoice): string {
  if (consoleSteps.length === 0) return "";
  const steps = consoleSteps.map((step, index) => `${index + 1}. ${step}`);
  const caveat =
    unverified.length === 0
      ? []
      : [
          `Unverified, from memory and not from ${label}'s documentation:`,
          unverified.map((fact) => `- ${fact}`).join("\n"),
        ];
  return ["", `### In ${label}`, steps.join("\n"), ...caveat].join("\n\n");
}
