import { isCancel, select, text } from "@clack/prompts";
import { createOutboundFetch } from "../../../net/guarded-fetch.js";
import { CliError } from "../../cli-error.js";
import type { CliIo } from "../../terminal/io.js";
import { nameProblem, resourceProblem } from "./answers.js";
import { askIssuer } from "./ask-issuer.js";
import type { CreateQuestions } from "../create-plan.js";
import { PROVIDERS } from "../providers.js";

/** Asks a person at the terminal. Giving up ends the command; nothing was written by then. */
export function terminalQuestions(io: CliIo): CreateQuestions {
  const streams = {
    input: io.stdin as NodeJS.ReadStream,
    output: io.stdout as NodeJS.WriteStream,
  };
  // The person names the address: their own network is theirs to name.
  const fetch = createOutboundFetch({ timeoutMs: 3_000, allowPrivateAddresses: true, env: io.env });
  return {
    name: async () =>
      answered(
        await text({
          ...streams,
          message: "What is the project called?",
          placeholder: "my-server",
          validate: (value = "") => nameProblem(value),
        }),
      ),
    provider: async () =>
      answered(
        await select({
          ...streams,
          message: "Which authorization server issues the access tokens?",
          options: PROVIDERS.map(({ id, label }) => ({ value: id, label })),
        }),
      ),
    issuer: async (provider) =>
      answered(await askIssuer(`The issuer (${provider.label}):`, provider.issuer, fetch, io)),
    resource: async (suggestion) =>
      answered(
        await text({
          ...streams,
          message: "The URL of this server that clients use:",
          initialValue: suggestion,
          validate: (value = "") => resourceProblem(value),
        }),
      ),
  };
}

function answered(answer: unknown): string {
  if (answer === undefined || isCancel(answer)) {
    throw new CliError("Cancelled; nothing was written.");
  }
  return answer as string;
}
