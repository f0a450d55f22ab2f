import { format } from "prettier";
import type { Provider } from "../../src/providers/define-provider.js";
import { PROVIDERS } from "../../src/providers/registry.js";

const HEAD = [
  "| Server | Access tokens | Audience | Scopes | Clients register themselves |",
  "| --- | --- | --- | --- | --- |",
];

/** The index, with its table written from the registry. */
export function renderIndex(page: string): Promise<string> {
  const rows = PROVIDERS.map(({ id, label, summary }) => {
    const { tokens, audience, scopes, registration } = summary;
    return `| ${[`[${label}](${id}.md)`, tokens, audience, scopes, registration].join(" | ")} |`;
  });
  return tidy(page.replace(/(?:^\|.*\n)+/m, `${[...HEAD, ...rows].join("\n")}\n`));
}

/** A provider's page, with the sections that its row decides. */
export function renderPage(page: string, { consoleSteps, ...row }: Provider): Promise<string> {
  const steps = consoleSteps.map((step, index) => `${index + 1}. ${step}`).join("\n");
  return tidy(section(section(page, "In the console", steps), "Verified", verified(row)));
}

function verified({ sources, unverified }: Pick<Provider, "sources" | "unverified">): string {
  return [
    ...(sources.length === 0 ? [] : ["Read in public documentation:"]),
    sources.map(({ facts, url, read }) => `- ${facts} [Source](${url}), ${read}.`).join("\n"),
    ...(unverified.length === 0 ? [] : ["**Unverified**, from memory:"]),
    unverified.map((fact) => `- ${fact}`).join("\n"),
    "The preset is tested against documents and tokens in this form, not against the service.",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Replaces what stands under a heading. */
function section(page: string, heading: string, text: string): string {
  return page
    .split(/^(?=## )/m)
    .map((part) => (part.startsWith(`## ${heading}\n`) ? `## ${heading}\n\n${text}\n\n` : part))
    .join("");
}

function tidy(page: string): Promise<string> {
  return format(page, { parser: "markdown", printWidth: 100 });
}
