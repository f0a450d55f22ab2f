import { reasons } from "./row.js";

/** Refusals because the token is invalid. */
export const TOKEN = {
  title: "Access token",
  introduction: "The token is invalid. Clients get a new one after a 401.",
  reasons: {
    ...reasons(401, {
      expired: {
        meaning: "The token has expired: `exp` has passed.",
        cure: "Have the client get a new token. If new tokens fail as well, synchronize the clocks (NTP).",
      },
      expiry_too_far: {
        meaning:
          "`exp` is more than ten years ahead. The detail says so if it looks like milliseconds.",
        cure: "Have the issuer write `exp` in seconds, and issue tokens with a shorter lifetime.",
      },
      not_yet_valid: {
        meaning: "`nbf` is in the future.",
        cure: "Synchronize the clocks of issuer and server (NTP), or raise `validation.clockToleranceSeconds`.",
      },
      issued_in_the_future: {
        meaning: "`iat` is in the future.",
        cure: "Synchronize the clocks of issuer and server (NTP), or raise `validation.clockToleranceSeconds`.",
      },
      expiry_missing: {
        meaning: "The token has no `exp`, so it would never expire.",
        cure: "Configure a token lifetime at the issuer.",
      },
      expiry_malformed: {
        meaning: "`exp` is not a number.",
        cure: "Have the issuer write `exp` as seconds since the epoch.",
      },
      issued_at_malformed: {
        meaning: "`iat` is not a number.",
        cure: "Have the issuer write `iat` as seconds since the epoch.",
      },
      not_before_malformed: {
        meaning: "`nbf` is not a number.",
        cure: "Have the issuer write `nbf` as seconds since the epoch.",
      },
      audience_mismatch: {
        meaning: "The token was issued for another resource: `aud` does not contain this server.",
        cure: "Have the client send `resource` with this server's URL (RFC 8707) in the authorization and the token request, or set `validation.audience` to the value the issuer writes to `aud`.",
      },
      audience_missing: {
        meaning: "The token has no `aud`: it was issued without `resource`.",
        cure: "Have the client send `resource` with this server's URL (RFC 8707), or configure an audience at the issuer. If the issuer has no audiences, set `validation.clientIds`.",
      },
      audience_malformed: {
        meaning: "`aud` is neither a string nor a list of strings.",
        cure: "Fix the issuer's tokens.",
      },
      issuer_mismatch: {
        meaning: "`iss` is not the configured issuer.",
        cure: "Compare `authorizationServers` with `iss`, including a trailing slash.",
      },
      issuer_unknown: {
        meaning: "`iss` is not one of the configured issuers, and `issuers` does not know it.",
        cure: "Compare `authorizationServers` with `iss`, including a trailing slash.",
        costsUpstream: true,
      },
      issuer_missing: {
        meaning: "The token has no `iss`.",
        cure: "Have the issuer write `iss`.",
      },
      subject_missing: {
        meaning:
          "The token has no subject, but `validation.requireSubject` requires one; or an introspection response has a `username` but no subject.",
        cure: "Set `validation.claims.subject` to the claim that identifies users, or use a token of a user rather than of a client.",
      },
      subject_malformed: {
        meaning: "The claim with the subject is not a string.",
        cure: "Fix the issuer's tokens, or set another claim in `validation.claims.subject`.",
      },
      client_missing: {
        meaning: "The token has no client id, but `validation.requireClientId` requires one.",
        cure: "Set the name of its claim in `validation.claims.clientId`.",
      },
      client_malformed: {
        meaning: "The claim with the client id is not a string.",
        cure: "Fix the issuer's tokens, or set another claim in `validation.claims.clientId`.",
      },
      client_not_allowed: {
        meaning: "The token's client is not in `validation.clientIds`.",
        cure: "Add the client if it may use the server, or have the issuer write an audience.",
      },
      "claim_mismatch_…": {
        meaning: "The claim `…` does not have the value that `validation.equals` requires.",
        cure: "Use a token of the required kind, or change the option `validation.equals`.",
      },
      id_token: {
        meaning: "This is an ID token: it tells the client who signed in but grants no access.",
        cure: "Send the `access_token` of the token response, not the `id_token`.",
      },
      type_not_allowed: {
        meaning: "The header's `typ` is not that of an access token.",
        cure: "Switch the issuer to RFC 9068 access tokens, or set `validation.allowJwtTyp` if it writes `typ: JWT`.",
      },
      not_an_access_token: {
        meaning: "The introspection response says that the token is not an access token.",
        cure: "Send the `access_token` of the token response, not the refresh token.",
        costsUpstream: true,
      },
      algorithm_not_allowed: {
        meaning: "The header's `alg` is not one that the server allows.",
        cure: "Add it to `validation.algorithms`, or change it at the issuer.",
      },
      critical_header: {
        meaning: "The header requires an extension (`crit` or `b64`) that is not supported.",
        cure: "Have the issuer omit it.",
      },
      signature_invalid: {
        meaning:
          "The signature does not match: the token was forged, truncated or changed, or another key signed it.",
        cure: "Copy the complete token again. Check that issuer and key set belong to the same environment.",
      },
      key_not_found: {
        meaning: "The issuer's key set has no key for this token, or no usable key at all.",
        cure: "Get a new token. If new tokens fail as well, compare `kid` with the key set at `validation.jwksUri`.",
      },
      key_not_fit_for_algorithm: {
        meaning: "The key cannot be used with the token's `alg`, or is too short.",
        cure: "Correct `alg` of the key at the issuer, or the algorithm it signs with.",
      },
      token_malformed: {
        meaning: "The token is not a well-formed JWT.",
        cure: "Send the complete token without line breaks. For opaque tokens, configure introspection.",
      },
      token_encrypted: {
        meaning: "The token is encrypted (JWE), so only its recipient can read it.",
        cure: "Request a token for this server's audience. Auth0 encrypts tokens that were requested without an API.",
      },
      header_malformed: {
        meaning: "The JWT header has a member of the wrong type, or a repeated member.",
        cure: "Fix the issuer's tokens.",
      },
      token_form_unsupported: {
        meaning: "No validator is configured for tokens of this form.",
        cure: "For opaque tokens, configure introspection. Otherwise have the issuer write JWTs.",
      },
      token_type_not_introspectable: {
        meaning: "The introspection endpoint does not support tokens of this type.",
        cure: 'Validate JWTs locally: set `validation.type` to `"jwt"` or `"hybrid"`.',
        costsUpstream: true,
      },
      token_too_large: {
        meaning: "The JWT is larger than 16 KiB.",
        cure: "Have the issuer write fewer claims, especially group lists.",
      },
      token_too_long: {
        meaning: "The token is longer than any token that is validated.",
        cure: "Have the issuer write a shorter token.",
      },
      introspection_inactive: {
        meaning: "The issuer says that the token is not active: expired, revoked or unknown.",
        cure: "Have the client get a new token. Some issuers also call tokens for other resources inactive.",
        costsUpstream: true,
      },
      callback_inactive: {
        meaning: "Your `validate` function returned `active: false`.",
        cure: "Have the client get a new token.",
        costsUpstream: true,
      },
      callback_unknown: {
        meaning: "Your `validate` function does not know the token.",
        cure: "Have the client get a new token.",
        costsUpstream: true,
      },
      static_token_unknown: {
        meaning: "The token is not in `validation.tokens`.",
        cure: "Add the token, or send a token from the list.",
      },
      api_key_unknown: {
        meaning: "No configured API key matches.",
        cure: "Issue the client a key and add its hash to `apiKeys.keys`.",
      },
      api_key_expired: {
        meaning: "The API key is past its `expiresAt`.",
        cure: "Issue a new key.",
      },
      fallback_refused: {
        meaning: "The provider in `apiKeys.provider` refused the key.",
        cure: "Issue the client a key that this provider accepts.",
        costsUpstream: true,
      },
      token_revoked: {
        meaning: "The token was revoked with `provider.revoke()`.",
        cure: "Nothing to do: the client has to sign in again.",
      },
    }),
  },
} as const;
