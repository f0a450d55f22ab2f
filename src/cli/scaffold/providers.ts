import { PROVIDERS as KNOWN } from "../../providers/registry.js";

/** An authorization server in `create`. */
export interface ProviderChoice {
  /** The value of `--provider`. */
  readonly id: string;
  readonly label: string;
  /** How its access tokens are validated. */
  readonly token: "jwt" | "introspection";
  /** Its introspection endpoint (RFC 7662), as documented; `undefined` when there is none. */
  readonly introspection?: string;
  /** An example of its issuer. */
  readonly issuer: string;
  /** What to set up there, in Markdown. */
  readonly consoleSteps: readonly string[];
  /** Facts about it that no documentation confirms yet. */
  readonly unverified: readonly string[];
}

export const EMBEDDED = "embedded";
export const OTHER = "other";

/** Offered in this order. */
export const PROVIDERS: readonly ProviderChoice[] = [
  {
    id: EMBEDDED,
    label: "Embedded: a development server inside the project",
    token: "jwt",
    issuer: "http://localhost:9000",
    consoleSteps: [],
    unverified: [],
  },
  ...KNOWN.flatMap(({ validates, issuerExample, ...known }): ProviderChoice[] =>
    // There is no template for callbacks.
    validates === "callback" ? [] : [{ ...known, token: validates, issuer: issuerExample }],
  ),
  {
    id: OTHER,
    label: "Another one",
    token: "jwt",
    introspection: "the RFC 7662 endpoint",
    issuer: "https://auth.example.com",
    consoleSteps: [],
    unverified: [],
  },
];

export function findProvider(id: string): ProviderChoice | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}
