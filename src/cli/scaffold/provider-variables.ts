import { VARIABLES, type Variable } from "../../config/env/variables.js";
import type { ProviderChoice } from "./providers.js";

const ISSUER = `# The authorization server whose tokens are accepted, exactly as its own metadata spells it.
`;

/**
 * What `.env.example` says about the authorization server. Of a known one, its
 * preset's variables: they set what is special about its tokens.
 */
export function authorizationServerVariables({
  provider,
  issuer,
  isConfigured,
}: {
  readonly provider: ProviderChoice;
  readonly issuer: string;
  readonly isConfigured: boolean;
}): string {
  const own = (VARIABLES as readonly Variable[]).filter((row) => row.provider === provider.id);
  if (own.length === 0) return `${ISSUER}OAUTH_ISSUER=${issuer}`;
  // An issuer that somebody named works at once; the preset is what to change to.
  const mark = isConfigured ? "# " : "";
  const preset = [
    `# ${provider.label} is known: these say what is special about its tokens${
      isConfigured ? ", in place of OAUTH_ISSUER" : ""
    }.`,
    `${mark}OAUTH_PROVIDER=${provider.id}`,
    ...own.flatMap(({ name, required, text, example }) => [
      `# ${text.replaceAll("`", "")}`,
      `${required === true ? mark : "# "}${name}=${example}`,
    ]),
  ].join("\n");
  return isConfigured ? `${ISSUER}OAUTH_ISSUER=${issuer}\n\n${preset}` : preset;
}
