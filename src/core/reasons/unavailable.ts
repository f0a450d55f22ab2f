import { reasons } from "./row.js";

/** Refusals because validity cannot be determined. */
export const UNAVAILABLE = {
  title: "Unavailable",
  introduction:
    "The server cannot determine whether the token is valid. It answers 503 and not 401, so that clients keep their tokens.",
  reasons: reasons(503, {
    jwks_unreachable: {
      meaning: "The key set cannot be fetched, or its server answers with an error.",
      cure: "Check that the server can reach the issuer: `mcp-oauth doctor --env .env`.",
    },
    jwks_malformed: {
      meaning: "The document at the key set's URL is not a key set.",
      cure: "Check `validation.jwksUri`.",
    },
    jwks_without_usable_key: {
      meaning:
        "The key set has just lost its last usable key. If the next fetch confirms it, tokens are refused with 401.",
      cure: "Check the issuer's key set: `mcp-oauth doctor --env .env` says what is wrong with each key.",
    },
    jwks_insecure_url: {
      meaning: "The key set's URL does not use https.",
      cure: "Set `validation.jwksUri` to an https URL.",
    },
    jwks_address_refused: {
      meaning: "The key set's host resolves to a private address.",
      cure: "If that is intended, name the host or its range in `allowPrivateAddresses`.",
    },
    jwks_redirect: {
      meaning: "The key set's URL redirects. Redirects are not followed.",
      cure: "Set `validation.jwksUri` to the address it redirects to.",
    },
    key_source_failed: {
      meaning: "A key source of the application threw an error.",
      cure: "Check the key source.",
    },
    too_many_bodies: {
      meaning: "Unfinished requests use the maximum of body memory.",
      cure: "Find the clients that send large bodies slowly, or add processes.",
    },
    too_many_waiting: {
      meaning:
        "Too many requests already wait for the issuer's next key set, or for the evaluation of unknown tokens from the same address.",
      cure: "Check the issuer, and find out which client sends unknown key ids or tokens.",
    },
    discovery_unreachable: {
      meaning: "The issuer's metadata cannot be fetched.",
      cure: "Check that the server can reach the issuer: `mcp-oauth doctor --env .env`.",
    },
    discovery_not_found: {
      meaning: "The issuer has no metadata at the well-known addresses (RFC 8414, OpenID Connect).",
      cure: "Check the issuer's spelling, or set `validation.jwksUri` or `introspection.endpoint`.",
    },
    discovery_malformed: {
      meaning: "The document at the well-known address is not authorization server metadata.",
      cure: "Check the issuer's spelling.",
    },
    discovery_issuer_mismatch: {
      meaning: "The issuer's metadata names another issuer.",
      cure: "Set the issuer exactly as `issuer` in its metadata, including a trailing slash.",
    },
    discovery_insecure_endpoint: {
      meaning: "The issuer's metadata names an endpoint that does not use https.",
      cure: "Have the issuer publish https URLs. Behind a proxy, configure its public URL.",
    },
    discovery_insecure_url: {
      meaning: "The issuer's URL does not use https.",
      cure: "Set the issuer to an https URL.",
    },
    discovery_address_refused: {
      meaning: "The issuer's host resolves to a private address.",
      cure: "If that is intended, name the host or its range in `allowPrivateAddresses`.",
    },
    discovery_redirect: {
      meaning: "The well-known address redirects. Redirects are not followed.",
      cure: "Set the issuer to the address it redirects to.",
    },
    discovery_without_jwks_uri: {
      meaning: "The issuer's metadata has no `jwks_uri`.",
      cure: "Set `validation.jwksUri`, or use introspection.",
    },
    discovery_without_introspection_endpoint: {
      meaning: "The issuer's metadata has no `introspection_endpoint`.",
      cure: "Set `introspection.endpoint`, or validate the issuer's JWTs locally.",
    },
    issuer_lookup_failed: {
      meaning: "Your `issuers` function threw an error.",
      cure: "Check the function.",
      costsUpstream: true,
    },
    issuer_lookup_timeout: {
      meaning: "Your `issuers` function took too long.",
      cure: "Check the function, and what it calls.",
      costsUpstream: true,
    },
    issuer_options_invalid: {
      meaning: "Your `issuers` function returned options that are not valid.",
      cure: "Correct the options. The log names the member.",
      costsUpstream: true,
    },
    issuer_lookup_paused: {
      meaning: "Calls to `issuers` pause after several failures.",
      cure: "Check the reason that was logged before the pause.",
    },
    issuer_lookup_overloaded: {
      meaning: "Too many requests wait for `issuers`.",
      cure: "Make the function faster, and find out which client sends unknown issuers.",
    },
    introspection_unauthorized: {
      meaning: "The issuer rejects this server's own credentials.",
      cure: "Check `introspection.clientId`, `clientSecret` and `authMethod`.",
      costsUpstream: true,
    },
    introspection_timeout: {
      meaning: "The introspection endpoint took too long.",
      cure: "Check the endpoint with `mcp-oauth doctor --env .env`, or raise `introspection.timeoutSeconds`.",
      costsUpstream: true,
    },
    introspection_network: {
      meaning: "The connection to the introspection endpoint failed.",
      cure: "Check that the server can reach the issuer: `mcp-oauth doctor --env .env`.",
      costsUpstream: true,
    },
    introspection_rate_limited: {
      meaning: "The introspection endpoint answered 429.",
      cure: "Raise the limit at the issuer, or cache longer with `introspection.cacheSeconds`.",
      costsUpstream: true,
    },
    introspection_refused: {
      meaning: "The introspection endpoint answered 400.",
      cure: "Check `introspection.endpoint` and `introspection.authMethod`.",
      costsUpstream: true,
    },
    "introspection_http_…": {
      meaning: "The introspection endpoint answered with the status `…`.",
      cure: "Check `introspection.endpoint`: after a status of 400 to 499 it is probably not an introspection endpoint (RFC 7662). From 500 on, check the issuer.",
      costsUpstream: true,
    },
    introspection_address_refused: {
      meaning: "The introspection endpoint's host resolves to a private address.",
      cure: "If that is intended, name the host or its range in `allowPrivateAddresses`.",
      costsUpstream: true,
    },
    introspection_insecure_url: {
      meaning: "The introspection endpoint's URL does not use https.",
      cure: "Set `introspection.endpoint` to an https URL.",
      costsUpstream: true,
    },
    introspection_redirect: {
      meaning: "The introspection endpoint redirects. Redirects are not followed.",
      cure: "Set `introspection.endpoint` to the address it redirects to.",
      costsUpstream: true,
    },
    introspection_endpoint_invalid: {
      meaning: "The introspection endpoint is not a URL that can be called.",
      cure: "Check `introspection.endpoint`.",
      costsUpstream: true,
    },
    introspection_endpoint_unknown: {
      meaning: "Looking up the introspection endpoint failed.",
      cure: "Set `introspection.endpoint`.",
      costsUpstream: true,
    },
    introspection_content_type: {
      meaning: "The introspection response is not JSON by its `Content-Type`.",
      cure: "Check `introspection.endpoint`: this response is not from an introspection endpoint (RFC 7662).",
      costsUpstream: true,
    },
    introspection_not_json: {
      meaning: "The introspection response is not JSON.",
      cure: "Check `introspection.endpoint`: this response is not from an introspection endpoint (RFC 7662).",
      costsUpstream: true,
    },
    introspection_malformed: {
      meaning: "The introspection response does not conform to RFC 7662.",
      cure: "Check `introspection.endpoint`.",
      costsUpstream: true,
    },
    introspection_malformed_active: {
      meaning: "`active` in the introspection response is not a boolean.",
      cure: "Check `introspection.endpoint`, or have the issuer fix the response.",
      costsUpstream: true,
    },
    "introspection_malformed_…": {
      meaning: "`…` in the introspection response has the wrong type.",
      cure: "Have the issuer fix the response.",
      costsUpstream: true,
    },
    introspection_too_large: {
      meaning: "The introspection response is too large.",
      cure: "Have the issuer return fewer members, especially group lists.",
      costsUpstream: true,
    },
    introspection_answer_unsigned: {
      meaning: "`introspection.signedResponse` is set, but the response is not signed (RFC 9701).",
      cure: "Turn on signed introspection responses at the issuer, or remove the option.",
      costsUpstream: true,
    },
    introspection_signed_answer_invalid: {
      meaning: "The signed introspection response (RFC 9701) is not valid.",
      cure: "Check that issuer, key set and `introspection.clientId` belong together.",
      costsUpstream: true,
    },
    introspection_signed_answer_unverifiable: {
      meaning: "The introspection response is signed, but no keys or client id are configured.",
      cure: "Set `introspection.signedResponse` and `introspection.clientId`.",
      costsUpstream: true,
    },
    introspection_cannot_check_jwt: {
      meaning: "The introspection endpoint does not support JWTs.",
      cure: 'Validate JWTs locally: set `validation.type` to `"jwt"`.',
      costsUpstream: true,
    },
    introspection_secret_malformed: {
      meaning: "The secret for the introspection endpoint cannot be used.",
      cure: "Check what the source of the secret returns.",
    },
    introspection_secret_unavailable: {
      meaning: "The secret for the introspection endpoint cannot be read.",
      cure: "Check the file, variable or secret manager it comes from.",
    },
    introspection_private_key_unusable: {
      meaning: "The private key for the introspection endpoint cannot be used.",
      cure: "Check `introspection.privateKey` and `introspection.algorithm`.",
    },
    introspection_paused: {
      meaning: "Introspection pauses after several failures.",
      cure: "Check the reason that was logged before the pause.",
    },
    introspection_overloaded: {
      meaning: "Too many requests wait for the introspection endpoint.",
      cure: "Check how long the endpoint takes, and find out which client sends unknown tokens.",
    },
    secret_empty: {
      meaning: "The secret is empty.",
      cure: "Check the file, variable or secret manager it comes from.",
    },
    secret_unavailable: {
      meaning: "The secret cannot be read.",
      cure: "Check the file, variable, secret manager or function it comes from.",
    },
    secret_malformed: {
      meaning: "The function that provides the secret returned neither text nor a list of texts.",
      cure: "Check the function.",
    },
    secret_too_short: {
      meaning: "The HMAC secret is too short for its algorithm (RFC 7518 §3.2).",
      cure: "Generate a longer one: `openssl rand -base64 48`.",
    },
    secret_too_large: {
      meaning: "The file of the secret is larger than 64 KiB.",
      cure: "Use a file that contains only the secret.",
    },
    secret_file_unreadable: {
      meaning: "The file of the secret cannot be read.",
      cure: "Mount the file, and let the user of this process read it.",
    },
    secret_manager_timeout: {
      meaning: "Google Secret Manager took too long.",
      cure: "Check the network.",
    },
    secret_manager_unreachable: {
      meaning: "Google Secret Manager cannot be reached.",
      cure: "Check the network and the credentials of this process.",
    },
    secret_access_denied: {
      meaning: "This process may not read the secret in Google Secret Manager.",
      cure: "Grant its service account the role: `gcloud secrets add-iam-policy-binding SECRET --member=serviceAccount:ACCOUNT --role=roles/secretmanager.secretAccessor`.",
    },
    secret_not_found: {
      meaning: "Google Secret Manager has no such secret or version.",
      cure: "Check the reference.",
    },
    secret_version_unusable: {
      meaning: "The version of the secret is disabled or destroyed.",
      cure: "Enable it, or name another version.",
    },
    callback_failed: {
      meaning: "Your `validate` function threw an error.",
      cure: "Check the function. For an invalid token, return `{ active: false }` or throw `InvalidTokenError`.",
      costsUpstream: true,
    },
    callback_malformed: {
      meaning: "Your `validate` function returned something other than a token description.",
      cure: "Check what the function returns.",
      costsUpstream: true,
    },
    callback_timeout: {
      meaning: "Your `validate` function took too long.",
      cure: "Check the function, and what it calls.",
      costsUpstream: true,
    },
    callback_paused: {
      meaning: "Calls to your `validate` function pause after several failures.",
      cure: "Check the reason that was logged before the pause.",
    },
    callback_overloaded: {
      meaning: "Too many requests wait for your `validate` function.",
      cure: "Make the function faster, and find out which client sends unknown tokens.",
    },
    fallback_paused: {
      meaning: "Calls to the provider in `apiKeys.provider` pause after several failures.",
      cure: "Check the reason that was logged before the pause.",
    },
    fallback_overloaded: {
      meaning: "Too many requests wait for the provider in `apiKeys.provider`.",
      cure: "Make the provider faster, and find out which client sends unknown keys.",
    },
    fallback_failed: {
      meaning: "The provider in `apiKeys.provider` threw an error.",
      cure: "Check that provider.",
      costsUpstream: true,
    },
    fallback_malformed: {
      meaning: "The provider in `apiKeys.provider` returned something unexpected.",
      cure: "Check that provider.",
      costsUpstream: true,
    },
    fallback_timeout: {
      meaning: "The provider in `apiKeys.provider` took too long.",
      cure: "Check that provider.",
      costsUpstream: true,
    },
    enrich_failed: {
      meaning: "Your `enrich` function threw an error.",
      cure: "Check the function.",
    },
    enrich_malformed: {
      meaning: "Your `enrich` function did not return a token.",
      cure: "Return the token, or a copy with more claims.",
    },
    enrich_timeout: {
      meaning: "Your `enrich` function took too long.",
      cure: "Check the function, and what it calls.",
    },
    authorize_failed: {
      meaning: "Your `authorize` function, or the `canUse` of a tool, threw an error.",
      cure: "Check the function.",
    },
    class_scopes_unreadable: {
      meaning: "The scopes that a tool, prompt or resource class declares cannot be read.",
      cure: "Check its `scopes` member: a list of scopes.",
    },
    tokeninfo_unreachable: {
      meaning: "Google's tokeninfo endpoint cannot be reached.",
      cure: "Check the network.",
      costsUpstream: true,
    },
    tokeninfo_malformed: {
      meaning: "Google's tokeninfo response cannot be read.",
      cure: "Check whether a proxy changes the response.",
      costsUpstream: true,
    },
    "tokeninfo_http_…": {
      meaning: "Google's tokeninfo endpoint answered with the status `…`.",
      cure: "Check Google's status page.",
      costsUpstream: true,
    },
    store_timeout: {
      meaning: "The store took too long.",
      cure: "Check Redis and the network.",
    },
    replay_store_unavailable: {
      meaning: "The store for replay markers cannot be used, so no DPoP proof can be accepted.",
      cure: "Check Redis, its memory and its eviction policy.",
    },
    revocation_store_unavailable: {
      meaning: "The store for revocations cannot be used.",
      cure: "Check Redis and the network.",
    },
    revocation_unreadable: {
      meaning: "The store has a revocation that cannot be read.",
      cure: "Check whether another application writes to the same keys, and which version wrote them.",
    },
    shutting_down: {
      meaning: "`provider.close()` was called.",
      cure: "Nothing to do: another process answers the next request.",
    },
    internal_error: {
      meaning: "A bug in this package, or an error in a function that you passed to it.",
      cure: "Report it, with the stack trace.",
    },
  }),
} as const;
