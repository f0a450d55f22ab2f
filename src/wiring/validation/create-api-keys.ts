import { JWTAuthProvider } from "mcp-framework";
import type { ApiKeyHeader } from "../../credentials/api-key.js";
import {
  ApiKeyAccess,
  type ApiKeyAccessOptions,
} from "../../validators/api-keys/api-key-access.js";
import {
  ApiKeyValidator,
  createApiKeyCallback,
} from "../../validators/api-keys/api-key-validator.js";
import { AuthProviderValidator } from "../../validators/api-keys/auth-provider-validator.js";
import { IssuerRouter, type SelectiveValidator } from "../../validators/issuer-router.js";
import type { TokenValidator } from "../../validators/token-validator.js";
import { parseTime } from "../../options/rules/api-key-rules.js";
import { limitGuesses } from "../../validators/limit-guesses.js";
import { enrichSelective } from "./enrich-selective.js";
import type { ApiKeySettings } from "../../options/api-keys.js";
import { DEFAULT_CLAIMS } from "../../options/validation.js";
import type { ValidationContext } from "./validation-context.js";

/** How `apiKeys` is served. */
export interface ApiKeys {
  readonly access: ApiKeyAccess;
  /** As configured, for CORS. */
  readonly headerName: string;
  /** Go with every answer to a request with a key. */
  readonly answerHeaders: Readonly<Record<string, string>>;
}

/** Wires `apiKeys`; `undefined` where keys do not count. */
export function createApiKeys(
  context: ValidationContext,
  tokens: ApiKeyAccessOptions["tokens"],
): ApiKeys | undefined {
  const { apiKeys, authMode, headerName: tokenHeader } = context.options;
  if (apiKeys === undefined || authMode === "oauth") return undefined;
  const headerName = headerNameOf(apiKeys);
  const isAuthorization = headerName.toLowerCase() === "authorization";
  const header = {
    name: headerName.toLowerCase(),
    prefix: apiKeys.prefix ?? (isAuthorization ? "Bearer " : ""),
  };
  return {
    access: new ApiKeyAccess({
      header,
      tokenHeader: tokenHeader.toLowerCase(),
      keys: createKeyValidator(context, apiKeys, { ...header, name: headerName }),
      tokens,
    }),
    headerName,
    answerHeaders: deprecationHeaders(apiKeys, context.clock()),
  };
}

function headerNameOf({ headerName, provider }: ApiKeySettings): string {
  if (headerName !== undefined) return headerName;
  const named = (provider as { getHeaderName?: () => unknown } | undefined)?.getHeaderName?.();
  if (typeof named === "string") return named;
  return provider instanceof JWTAuthProvider ? "Authorization" : "X-API-Key";
}

/** Listed keys first; what is not listed goes to the function or the provider. */
function createKeyValidator(
  context: ValidationContext,
  options: ApiKeySettings,
  header: ApiKeyHeader,
): TokenValidator {
  const validators = [
    ...listedKeys(context, options),
    ...keyFunction(context, options),
    ...keyProvider(context, options, header),
  ];
  const [only] = validators;
  return validators.length === 1 && only !== undefined
    ? only
    : new IssuerRouter({ issuers: new Map(), opaque: validators });
}

type KeyValidators = readonly (TokenValidator | SelectiveValidator)[];

/** The keys of `apiKeys.keys`. */
function listedKeys(
  { clock, complete, budget }: ValidationContext,
  { keys }: ApiKeySettings,
): KeyValidators {
  if (keys === undefined) return [];
  const listed = limitGuesses(new ApiKeyValidator({ keys, clock }), budget);
  return [enrichSelective(listed, complete, clock)];
}

/** The function `apiKeys.validate`. */
function keyFunction(
  { clock, complete, faults, budget }: ValidationContext,
  options: ApiKeySettings,
): KeyValidators {
  if (options.validate === undefined) return [];
  const callback = createApiKeyCallback({
    timeoutSeconds: options.timeoutSeconds,
    validate: faults.watch("apiKeys", options.validate, (key) => [key]),
    cache: {
      ttlSeconds: options.cacheSeconds,
      negativeTtlSeconds: options.negativeCacheSeconds,
      budget,
      ...(complete !== undefined && { complete }),
    },
    clock,
  });
  return [callback];
}

/** A provider of mcp-framework, `apiKeys.provider`. */
function keyProvider(
  { clock, complete, faults, budget }: ValidationContext,
  options: ApiKeySettings,
  header: ApiKeyHeader,
): KeyValidators {
  const asked = options.provider;
  if (asked === undefined) return [];
  const ask = (request: never) => asked.authenticate(request);
  // The request holds the key and nothing else.
  const secretsOf = (request: { readonly rawHeaders: readonly string[] }) =>
    request.rawHeaders.slice(1);
  const provider = new AuthProviderValidator({
    timeoutSeconds: options.timeoutSeconds,
    provider: { authenticate: faults.watch("apiKeys", ask, secretsOf) },
    headerName: header.name,
    prefix: header.prefix,
    clientId: options.clientId,
    scopes: options.scopes,
    mapping: DEFAULT_CLAIMS,
    clock,
  });
  const limited = limitGuesses(
    { recognizes: () => true, validate: (key, block) => provider.validate(key, block) },
    budget,
  );
  return [enrichSelective(limited, complete, clock)];
}

/** RFC 9745 §2, RFC 8594 §3; `rel` as both register it. */
function deprecationHeaders(options: ApiKeySettings, now: number): Record<string, string> {
  const { link } = options;
  const sunset =
    options.sunset === undefined ? undefined : parseTime(options.sunset, "apiKeys.sunset");
  const deprecation = deprecatedSince(options, sunset, now);
  const relations = [
    deprecation !== undefined && "deprecation",
    sunset !== undefined && "sunset",
  ].filter((relation) => relation !== false);
  return {
    ...(deprecation !== undefined && { Deprecation: `@${deprecation}` }),
    ...(sunset !== undefined && { Sunset: new Date(sunset * 1000).toUTCString() }),
    ...(link !== undefined && {
      Link: `<${new URL(link).href}>; rel="${relations.join(" ") || "deprecation"}"`,
    }),
  };
}

/** With warnings and no date, now; never after the sunset (RFC 9745 §4). */
function deprecatedSince(
  { deprecation, deprecationWarning }: ApiKeySettings,
  sunset: number | undefined,
  now: number,
): number | undefined {
  if (deprecation !== undefined) return parseTime(deprecation, "apiKeys.deprecation");
  return deprecationWarning ? Math.floor(Math.min(now, sunset ?? now)) : undefined;
}
