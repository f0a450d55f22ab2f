import { z } from "zod";
import { ConfigurationError } from "../../core/errors.js";
import type { ClientPolicy } from "./client-policy.js";
import { isPublicUrl } from "./client-fetch.js";
import { staysOnDevice, redirectUriProblem } from "./redirect-uris.js";

/** A client that you configure; it does not register. */
export interface StaticClient {
  readonly id: string;
  /** Shown on the consent page. @default the id */
  readonly name?: string;
  /** Exact redirect URIs; on loopback, any port is accepted. Required unless it has `service`. */
  readonly redirectUris?: readonly string[];
  /**
   * Secret for `client_secret_basic` or `client_secret_post`, of at least 32 characters.
   * `undefined` is a start-up error. @default none: the client is public or has keys
   */
  readonly secret?: string | undefined;
  /** Public keys (JWK Set) for `private_key_jwt`. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** URL of the public keys for `private_key_jwt`, cached by its headers. */
  readonly jwksUri?: string;
  /**
   * Lets the client get tokens for itself, without a user (grant `client_credentials`). The `sub`
   * of such a token is the client's id. Requires `secret`, `jwks` or `jwksUri`.
   */
  readonly service?: {
    /** The scopes that it can request; a request without `scope` gets all of them. */
    readonly scopes: readonly string[];
  };
}

/** Option `clients`. */
export interface ClientOptions {
  /** Clients that you configure yourself. The policy `allow` does not apply to them. @default none */
  readonly static?: readonly StaticClient[];
  /**
   * Clients that may register or use a metadata document. A list contains the hosts of documents,
   * and the hosts of redirect URIs of registered clients; `loopback` means applications on the
   * user's device, and an entry such as `cursor:` a scheme. A function decides each time that a
   * client is used; if it throws, the request fails.
   * @default every client
   */
  readonly allow?: ClientPolicy;
  /** Dynamic client registration (RFC 7591); `false` disables it. @default enabled */
  readonly registration?: false | RegistrationOptions;
}

/** Option `clients.registration`. */
export interface RegistrationOptions {
  /** Registered clients at most; then, new ones are refused. 1–1,000,000. @default 10000 */
  readonly max?: number;
  /**
   * A registered client is removed when it has got no token for this many days (1–3650). At least
   * the lifetime of a refresh token passes first. @default 90
   */
  readonly unusedDays?: number;
  /** New clients per address and hour; further ones get 429. Repeated ones do not count. @default 30 */
  readonly perHour?: number;
}

const DAY = 86_400;

const staticClient = z
  .object({
    id: z.string().min(1).max(255),
    name: z.string().min(1).optional(),
    redirectUris: z.array(z.string()).readonly().default([]),
    secret: z.string().min(32, "must have at least 32 characters").optional(),
    jwks: z
      .object({ keys: z.array(z.record(z.unknown())).min(1) })
      .passthrough()
      .optional(),
    jwksUri: z.string().refine(isPublicUrl, "must be an https URL with a public host").optional(),
    service: z
      .object({ scopes: z.array(z.string().min(1)).min(1).readonly() })
      .strict()
      .optional(),
  })
  .strict()
  .superRefine((client, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    const methods = [client.secret, client.jwks, client.jwksUri].filter((x) => x !== undefined);
    if (methods.length > 1) fail("secret", "set only one of secret, jwks and jwksUri");
    if (client.service !== undefined && methods.length === 0) {
      fail("service", "needs secret, jwks or jwksUri: a service must authenticate");
    }
    if (client.service === undefined && client.redirectUris.length === 0) {
      fail("redirectUris", "must not be empty, unless the client has service");
    }
    for (const uri of client.redirectUris) {
      const problem =
        redirectUriProblem(uri) ??
        (/^http:/i.test(uri) && !staysOnDevice(uri)
          ? "must use https; http is accepted for loopback only"
          : undefined);
      if (problem !== undefined) fail("redirectUris", problem);
    }
  });

const clientOptions = z
  .object({
    static: z.array(staticClient).readonly().default([]),
    allow: z
      .union([
        z.array(z.string().min(1)).min(1).readonly(),
        z.custom<Exclude<ClientPolicy, readonly string[]>>((value) => typeof value === "function"),
      ])
      .optional(),
    registration: z
      .union([
        z.literal(false),
        z
          .object({
            max: z.number().int().min(1).max(1_000_000).default(10_000),
            unusedDays: z.number().int().min(1).max(3650).default(90),
            perHour: z.number().int().min(1).max(1_000_000).default(30),
          })
          .strict(),
      ])
      .default({}),
  })
  .strict()
  .default({});

/** Client options with all defaults applied. */
export type ClientSettings = z.output<typeof clientOptions>;
export type StaticClientSettings = ClientSettings["static"][number];

/** @throws ConfigurationError that names the option, never a secret */
export function parseClients(
  options: ClientOptions | undefined,
  known: { readonly scopes: ReadonlySet<string>; readonly takenIds: ReadonlySet<string> },
): ClientSettings {
  const { data, error } = clientOptions.safeParse(options);
  const fail = (message: string): never => {
    throw new ConfigurationError("ERR_OAUTH_CLIENTS", message);
  };
  if (data === undefined) {
    const issue = error.issues.flatMap(innermost)[0];
    return fail(`clients.${issue?.path.join(".")}: ${issue?.message}.`);
  }
  const seen = new Set<string>();
  data.static.forEach((client, index) => {
    const at = `clients.static.${index}`;
    const { id, service } = client;
    const given = options?.static?.[index];
    if (given !== undefined && "secret" in given && given.secret === undefined) {
      fail(`${at}.secret is present but undefined; an environment variable is probably not set.`);
    }
    if (seen.has(id)) fail(`${at}.id is used twice.`);
    // Resource servers read the `sub` of a service's token as an account.
    if (known.takenIds.has(id)) {
      fail(`${at}.id is also the id of an account or of a resource's introspection client.`);
    }
    if (/^https?:/i.test(id)) fail(`${at}.id must not be a URL: those are metadata documents.`);
    seen.add(id);
    const unknown = service?.scopes.find((scope) => !known.scopes.has(scope));
    if (unknown !== undefined) fail(`${at}.service.scopes: no resource has the scope ${unknown}.`);
  });
  return data;
}

function innermost(issue: z.ZodIssue): z.ZodIssue[] {
  return issue.code === "invalid_union"
    ? issue.unionErrors.flatMap(({ issues }) => issues).flatMap(innermost)
    : [issue];
}

/** How long a registered client is kept after its last token, in seconds. */
export function unusedSeconds(settings: ClientSettings, refreshSeconds: number): number {
  const days = settings.registration === false ? 90 : settings.registration.unusedDays;
  return Math.max(days * DAY, refreshSeconds + DAY);
}
