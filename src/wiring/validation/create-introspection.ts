import { randomBytes } from "node:crypto";
import { logger } from "mcp-framework";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../core/errors.js";
import { describeReason } from "../../core/reasons/reasons.js";
import { RemoteJwks } from "../../keys/remote-jwks.js";
import { createOutboundFetch } from "../../net/guarded-fetch.js";
import { OutboundError } from "../../net/outbound-fetch.js";
import type {
  ClientAuthentication,
  Secret,
} from "../../validators/introspection/client-authentication.js";
import { watchIntrospection } from "../../telemetry/dependencies.js";
import { HybridValidator } from "../../validators/introspection/hybrid-validator.js";
import { IntrospectionClient } from "../../validators/introspection/introspection-client.js";
import type { DecisionCacheOptions } from "../../validators/remembered/decision-cache.js";
import {
  IntrospectionValidator,
  type IntrospectionValidatorOptions,
} from "../../validators/introspection/introspection-validator.js";
import type { TokenValidator } from "../../validators/token-validator.js";
import { createJwtValidator } from "./create-jwt-validator.js";
import { waysOut, type ValidationContext } from "./validation-context.js";
import type { IntrospectionSettings } from "../../options/introspection.js";
import { signatureShape } from "../../options/validation.js";
import type { HybridEntrySettings, IntrospectionEntrySettings } from "../../options/settings.js";
import type { SecretSource } from "../../keys/rotating-secret.js";
import type { Probe, Problem } from "./verify-at-start.js";

export interface IntrospectionParts {
  readonly validator: TokenValidator;
  readonly probe: Probe;
}

/** A validator that asks the issuer about every token it does not remember. */
export function createIntrospectionValidator(
  context: ValidationContext,
  entry: IntrospectionEntrySettings,
): IntrospectionParts {
  const unused = (["jwksUri", "algorithms"] as const).filter((name) => entry[name] !== undefined);
  if (unused.length > 0) {
    logger.warn(
      `mcp-framework-oauth: validation.${unused.join(" and validation.")} ${unused.length > 1 ? "are" : "is"} not used by ` +
        'type "introspection", which verifies no signatures; use type "jwt" or "hybrid" to verify JWTs here.',
    );
  }
  const { complete } = context;
  return createParts(context, entry, complete !== undefined ? { complete } : {});
}

/** A JWT validator whose tokens are also introspected. `enrich` belongs to the JWT, which is whole. */
export function createHybridValidator(
  context: ValidationContext,
  entry: HybridEntrySettings,
): IntrospectionParts {
  const local = createJwtValidator(context, entry);
  const remote = createParts(context, entry, { identifiedElsewhere: true });
  return {
    validator: new HybridValidator({
      local,
      introspection: remote.validator,
      clock: context.clock,
      continueSeconds: entry.continueSeconds,
    }),
    probe: remote.probe,
  };
}

function createParts(
  context: ValidationContext,
  entry: IntrospectionEntrySettings | HybridEntrySettings,
  {
    complete,
    identifiedElsewhere = false,
  }: Pick<IntrospectionValidatorOptions, "identifiedElsewhere"> &
    Pick<DecisionCacheOptions, "complete">,
): IntrospectionParts {
  const { clock, store } = context;
  const { issuer, introspection: options } = entry;
  const client = createClient(context, entry);
  const { metrics, dependencies, budget } = context;
  const watched = watchIntrospection(
    issuer,
    (token, block) => client.introspect(token, block),
    (ok, seconds) => metrics.introspected(issuer, ok, seconds),
  );
  dependencies.introspections.push(watched);
  const validator = new IntrospectionValidator({
    client: { introspect: watched.introspect, clientId: client.clientId },
    requirements: {
      issuer,
      audience: entry.audience,
      clockToleranceSeconds: entry.clockToleranceSeconds,
      clientIds: entry.clientIds,
      equals: entry.equals,
      requireSubject: entry.requireSubject,
      requireClientId: entry.requireClientId,
    },
    allowMissing: options.allowMissing ?? [],
    identifiedElsewhere,
    mapping: entry.claims,
    cache: {
      ...(complete !== undefined && { complete }),
      budget,
      onLookup: (hit) => metrics.cacheLookup("introspection", hit),
      ttlSeconds: options.cacheSeconds,
      negativeTtlSeconds: options.negativeCacheSeconds,
    },
    ...(store !== undefined && { store }),
    clock,
  });
  return {
    validator,
    probe: () => probe(watched.introspect, issuer, options.tls?.cert !== undefined),
  };
}

function createClient(
  context: ValidationContext,
  entry: IntrospectionEntrySettings | HybridEntrySettings,
): IntrospectionClient {
  const { clock } = context;
  const { issuer, introspection: options } = entry;
  const discovery = context.discoveryOf(issuer);
  const { endpoint, tls } = options;
  return new IntrospectionClient({
    issuer,
    endpoint: endpoint ?? discovery.introspectionEndpoint,
    audience: entry.audience,
    authentication: authenticationOf(context, options),
    fetch:
      tls === undefined ? context.fetch : createOutboundFetch({ ...waysOut(context.options), tls }),
    clock,
    keySource: new RemoteJwks({
      jwksUri: discovery.jwksUri,
      fetch: context.fetch,
      clock,
      ttlSeconds: signatureShape.jwksTtlSeconds.parse(undefined),
      maxStaleSeconds: signatureShape.jwksMaxStaleSeconds.parse(undefined),
    }),
    signedResponse: options.signedResponse,
    timeoutSeconds: options.timeoutSeconds,
    clockToleranceSeconds: entry.clockToleranceSeconds,
  });
}

/** What the options say of our own credentials; that they are complete was checked before. */
function authenticationOf(
  { faults }: ValidationContext,
  options: IntrospectionSettings,
): ClientAuthentication {
  /** Sends the current secret; earlier ones in a list matter only to those who verify. */
  const currentOf = (secret: string | SecretSource | undefined): Secret => {
    if (typeof secret !== "function") return secret ?? "";
    const source = faults.watchSecret(secret);
    return async () => [await source()].flat()[0] ?? "";
  };
  const { authMethod: method, clientId = "" } = options;
  switch (method) {
    case "client_secret_basic":
    case "client_secret_post":
      return { method, clientId, clientSecret: currentOf(options.clientSecret) };
    case "private_key_jwt": {
      const { keyId, algorithm } = options;
      return {
        method,
        clientId,
        privateKey: currentOf(options.privateKey),
        ...(keyId !== undefined && { keyId }),
        ...(algorithm !== undefined && { algorithm }),
      };
    }
    case "tls_client_auth":
      return { method, clientId };
    case "bearer":
      return {
        method,
        token: currentOf(options.token),
        ...(options.clientId !== undefined && { clientId }),
      };
  }
}

/** Introspects a random token, to check this server's own credentials. */
async function probe(
  introspect: IntrospectionClient["introspect"],
  issuer: string,
  showsCertificate: boolean,
): Promise<Problem | undefined> {
  try {
    const answer = await introspect(randomBytes(32).toString("base64url"));
    if (answer === undefined) return undefined;
    const line =
      `introspection at ${issuer} says that a random token is active: requests with any token ` +
      "could be accepted. Check introspection.endpoint; stop the server until the issuer is repaired.";
    return { line, fatal: true, level: "error" };
  } catch (error) {
    // It answers, and does not know tokens of this form.
    if (error instanceof InvalidTokenError) return undefined;
    const { reason, detail, cause } =
      error instanceof OAuthError ? error : new UnavailableError("internal_error");
    const more = detail ?? (cause instanceof OutboundError ? cause.message : undefined);
    const line = `introspection at ${issuer} does not work: ${reason}${more === undefined ? "" : ` (${more})`}. ${adviceOn(reason, showsCertificate)}`;
    return { line, fatal: true };
  }
}

function adviceOn(reason: string, showsCertificate: boolean): string {
  const { meaning = "", cure = "" } = describeReason(reason) ?? {};
  if (reason !== "introspection_network" || !showsCertificate) return `${meaning} ${cure}`;
  return `${meaning} Check that introspection.endpoint can be reached from here, and that it knows the issuer of introspection.tls.cert: otherwise it closes the connection.`;
}
