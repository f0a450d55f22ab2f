import { format } from "prettier";
import { VARIABLES, type Variable } from "../../src/options/environment/variables.js";

const ROWS: readonly Variable[] = VARIABLES;
const SECTIONS = [...new Set(ROWS.map(({ section }) => section))];

/** `.env.example`, from the table. */
export function renderEnvExample(): string {
  const lines = [
    "# Environment of a server that uses OAuthAuthProvider.fromEnv().",
    "# docs/reference/environment.md says more; both are written from one table",
    "# (npm run docs:environment).",
  ];
  for (const section of SECTIONS) {
    lines.push("", `# --- ${section} ---`);
    for (const row of ROWS.filter((candidate) => candidate.section === section)) {
      const isNeeded = row.required === true && row.provider === undefined;
      const fallback = row.default === undefined || isNeeded ? "" : ` Without it: ${row.default}.`;
      lines.push(...wrap(`${row.text.replaceAll("`", "")}${fallback}`));
      lines.push(`${isNeeded ? "" : "# "}${row.name}=${row.example}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`);
}

/** `docs/reference/environment.md`, from the table. */
export function renderEnvironmentPage(): Promise<string> {
  const sections = SECTIONS.map((section) => {
    const rows = ROWS.filter((row) => row.section === section).map(
      (row) => `| \`${row.name}\` | ${meaning(row)} | ${fallback(row)} | \`${row.example}\` |`,
    );
    const title = section.startsWith("OAUTH_PROVIDER=") ? `\`${section}\`` : section;
    return [
      `## ${title}`,
      "",
      "| Variable | Meaning | Without it | Example |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  });
  return format([INTRODUCTION, ...sections].join("\n\n"), { parser: "markdown", printWidth: 100 });
}

function meaning({ text, choices, kind }: Variable): string {
  const listed =
    choices === undefined ? "" : ` One of ${choices.map((value) => `\`${value}\``).join(", ")}.`;
  const several = choices?.map((value) => `\`${value}\``).join(", ");
  const values = kind === "list" && several !== undefined ? ` Any of ${several}.` : listed;
  const form =
    kind === "secret"
      ? " A [secret](#secrets-by-reference)."
      : kind === "fixed-secret"
        ? " A [secret](#secrets-by-reference), read at start."
        : kind === "list"
          ? " A list."
          : "";
  return `${text}${values}${form}`.replaceAll("|", "\\|");
}

function fallback({ required, default: value }: Variable): string {
  return required === true && value === undefined ? "**needed**" : (value ?? "–");
}

const INTRODUCTION = `# Environment variables

\`\`\`ts
import { OAuthAuthProvider } from "mcp-framework-oauth";

const provider = OAuthAuthProvider.fromEnv();
\`\`\`

Two variables are enough for most authorization servers:

\`\`\`sh
OAUTH_RESOURCE=https://mcp.example.com/mcp
OAUTH_AUTHORIZATION_SERVER=https://auth.example.com
\`\`\`

For a [known one](../providers/README.md) name it, and give its own variables:

\`\`\`sh
OAUTH_RESOURCE=https://mcp.example.com/mcp
OAUTH_PROVIDER=auth0
AUTH0_DOMAIN=acme.eu.auth0.com
\`\`\`

\`fromEnv(env, overrides)\` takes another environment than \`process.env\`, and options that win over
it; what has no variable is set there. The names that \`mcp create --http --oauth\` writes are among
these. An empty variable counts as not set. Lists are separated by commas or spaces. A misspelt name
(\`OAUTH_JWKS_URL\`) stops the server at start and is told the right one.

## Secrets by reference

A variable for a secret holds the secret, or says where it is:

| Form | Where | Read anew |
| --- | --- | --- |
| \`env:NAME\` | another variable | never |
| \`file:/run/secrets/oauth\` | a mounted file, one line end at its end not counted | after 5 seconds |
| \`gcp-secret-manager:projects/p/secrets/s/versions/latest\` | Google Secret Manager, with application default credentials; needs \`npm install @google-cloud/secret-manager\` | after 300 seconds |

A secret can change while the server runs. The previous \`OAUTH_JWT_SECRET\` stays valid for
\`OAUTH_SECRET_OVERLAP\` seconds, so that tokens signed with it a moment ago are not lost. While a
secret cannot be read, the last one stands in for an hour; a server that never had one answers 503.
Secrets "read at start" are read once: restart to rotate them, and Google Secret Manager is not for
them. No secret is in any message or log.`;
