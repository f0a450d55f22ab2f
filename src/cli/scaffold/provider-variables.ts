import { VARIABLES, type Variable } from "../../options/environment/variables.js";
import { envValue, Fragment, yamlScalar } from "./file-syntax.js";
import type { ProviderChoice } from "./providers.js";

/** The part of a plan that decides the variables. */
interface Chosen {
  readonly template: string;
  readonly provider: ProviderChoice;
  readonly issuer: string;
  /** Whether the issuer is a real one, not the provider's example. */
  readonly hasIssuer: boolean;
}

const ISSUER = `# The authorization server whose tokens are accepted, exactly as its own metadata spells it.
`;
const CLIENT = `# This server's own client at the authorization server, which may introspect tokens.
OAUTH_CLIENT_ID=
OAUTH_CLIENT_SECRET=`;
const introspection = (endpoint: string) => `OAUTH_TOKEN_TYPE=introspection

# Where tokens are introspected: ${endpoint}.
# Leave it empty to find it through the issuer's metadata.
OAUTH_INTROSPECTION_ENDPOINT=

${CLIENT}`;

/**
 * What `.env.example` says about the authorization server. Of a known one, its
 * preset's variables: they set what is special about its tokens.
 */
export function authorizationServerVariables(plan: Chosen): Fragment {
  return new Fragment(variablesOf(plan));
}

function variablesOf(plan: Chosen): string {
  const { provider, issuer, hasIssuer, template } = plan;
  const own = presetOf(plan);
  const generic = [
    `${ISSUER}OAUTH_ISSUER=${envValue(issuer)}`,
    ...(template === "introspection" ? [introspection(provider.introspection ?? "")] : []),
  ].join("\n\n");
  if (own.length === 0) return generic;
  // A configured issuer works immediately; the preset is offered as a comment.
  const mark = hasIssuer ? "# " : "";
  const preset = [
    `# ${provider.label} is known: these say what is special about its tokens${
      hasIssuer ? ", in place of OAUTH_ISSUER" : ""
    }.`,
    `${mark}OAUTH_PROVIDER=${provider.id}`,
    ...own.flatMap(({ name, required, text, example }) => [
      `# ${text.replaceAll("`", "")}`,
      `${isWanted(required) ? mark : "# "}${name}=${example}`,
    ]),
  ].join("\n");
  if (hasIssuer) return `${generic}\n\n${preset}`;
  return provider.token === "introspection" ? `${preset}\n\n${CLIENT}` : preset;
}

/** The same for a SAM template, whose parameters are asked for when it is deployed. */
export function samValues(plan: Chosen): { samParameters: Fragment; samVariables: Fragment } {
  const { provider, issuer, hasIssuer } = plan;
  const own = hasIssuer ? [] : presetOf(plan).filter(({ required }) => isWanted(required));
  const client = provider.token === "introspection" ? CLIENT_PARAMETERS : [];
  const parameters =
    own.length === 0
      ? [
          {
            ...{ id: "Issuer", name: "OAUTH_ISSUER", example: issuer },
            text: "The authorization server whose tokens are accepted",
          },
        ]
      : [
          ...own.map(({ name, text, example }) => ({ id: idOf(name), name, text, example })),
          ...client,
        ];
  const declared = parameters.map(({ id, text, example }) =>
    [
      `  ${id}:`,
      "    Type: String",
      `    Description: ${yamlScalar(text.replaceAll("`", ""))}`,
      ...(example === undefined ? ["    NoEcho: true"] : [`    Default: ${yamlScalar(example)}`]),
    ].join("\n"),
  );
  const variables = [
    ...(own.length === 0 ? [] : [`OAUTH_PROVIDER: ${provider.id}`]),
    ...parameters.map(({ id, name }) => `${name}: !Ref ${id}`),
  ];
  return {
    samParameters: new Fragment(declared.join("\n")),
    samVariables: new Fragment(variables.map((line) => `          ${line}`).join("\n")),
  };
}

const CLIENT_PARAMETERS = [
  {
    id: "OauthClientId",
    name: "OAUTH_CLIENT_ID",
    text: "This server's own client",
    example: undefined,
  },
  { id: "OauthClientSecret", name: "OAUTH_CLIENT_SECRET", text: "Its secret", example: undefined },
];

/** A preset says by itself how tokens are checked: it is of use only where they are checked so. */
function presetOf({ provider, template }: Chosen): readonly Variable[] {
  if (template === "introspection" && provider.token !== "introspection") return [];
  return VARIABLES.filter((row) => row.provider === provider.id);
}

function isWanted(required: Variable["required"]): boolean {
  return required === true || required === "usually";
}

/** `AUTH0_DOMAIN` as SAM wants names: `Auth0Domain`. */
function idOf(name: string): string {
  return name
    .toLowerCase()
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
