import { reasons } from "./row.js";

/** Refusals while the credential is read, before it is validated. */
export const CREDENTIAL = {
  title: "Credential",
  introduction: "The request has no credential, or the credential cannot be read.",
  reasons: {
    ...reasons(401, {
      credential_missing: {
        meaning:
          "The request has no credential. Every client starts this way, so the log leaves it out.",
        cure: "Nothing to do: the challenge tells the client where to get a token.",
      },
      credential_in_query: {
        meaning: "The token is in the URL, where servers and proxies write it to their logs.",
        cure: "Have the client send it in the `Authorization` header.",
      },
      scheme_unsupported: {
        meaning: "`Authorization` uses a scheme other than `Bearer` or `DPoP`.",
        cure: "Have the client send `Authorization: Bearer <token>`.",
      },
      access_tokens_off: {
        meaning: "The server accepts API keys only.",
        cure: "Send the API key, or change `authMode`.",
      },
    }),
    ...reasons(400, {
      credential_repeated: {
        meaning: "The request has more than one credential.",
        cure: "Have the client send one. Check whether a proxy adds its own `Authorization`.",
      },
      credential_malformed: {
        meaning: "The credential header is not one scheme followed by one token.",
        cure: "Fix the client. Line breaks, quotes and spaces in the token are frequent causes.",
      },
    }),
  },
} as const;
