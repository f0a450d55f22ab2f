/** One requirement for a client id metadata document. */
interface Rule {
  /** `fail`: authorization servers must or will refuse it. `warn`: some do, or it is not recommended. */
  readonly level: "fail" | "warn";
  /** Where it is required. */
  readonly clause: string;
  /** The fix. */
  readonly cure: string;
}

const CIMD = "draft-ietf-oauth-client-id-metadata-document-02";

/** Every requirement that `mcp-oauth cimd` checks. */
export const RULES = {
  url: {
    level: "fail",
    clause: `${CIMD} §3`,
    cure: "Use an https URL with a path, without user info, fragment and dot segments.",
  },
  "url-short": {
    level: "warn",
    clause: `${CIMD} §3`,
    cure: "Use a path of its own, without a query: https://app.example.com/oauth-client.json.",
  },
  served: {
    level: "fail",
    clause: `${CIMD} §4 and §5`,
    cure: "Serve the document at its own URL to everyone, with status 200 and without a redirect.",
  },
  "content-type": {
    level: "fail",
    clause: `${CIMD} §4`,
    cure: "Serve it as application/json.",
  },
  size: {
    level: "warn",
    clause: `${CIMD} §8.7`,
    cure: "Keep it below 5 kilobytes: use jwks_uri instead of jwks, and logo_uri instead of a data: URL.",
  },
  json: { level: "fail", clause: `${CIMD} §4`, cure: "Write one JSON object." },
  client_id: {
    level: "fail",
    clause: `${CIMD} §4`,
    cure: "Set client_id to the document's own URL, character by character.",
  },
  secret: {
    level: "fail",
    clause: `${CIMD} §4.1`,
    cure: "Remove it: the document is public. If it was a real secret, replace it at once.",
  },
  token_endpoint_auth_method: {
    level: "fail",
    clause: `${CIMD} §4.1`,
    cure: 'Set it to "none", or to "private_key_jwt" with jwks or jwks_uri.',
  },
  "auth-method-default": {
    level: "warn",
    clause: "RFC 7591 §2",
    cure: 'Set token_endpoint_auth_method to "none": without it, the default is a client secret.',
  },
  keys: {
    level: "fail",
    clause: "RFC 7591 §2",
    cure: "Publish public keys only, in jwks or at an https jwks_uri, not both.",
  },
  client_name: {
    level: "fail",
    clause: "MCP 2025-11-25, Client ID Metadata Documents",
    cure: "Set client_name to the name that users know.",
  },
  redirect_uris: {
    level: "fail",
    clause: "MCP 2025-11-25, Client ID Metadata Documents; RFC 9700 §2.1; RFC 8252 §7",
    cure: "List complete URIs: https, http on 127.0.0.1 or [::1], or a scheme with a dot such as com.example.app:/callback.",
  },
  "redirect-localhost": {
    level: "warn",
    clause: "RFC 8252 §8.3",
    cure: "Use 127.0.0.1 instead of localhost, which another program can listen on.",
  },
  grants: {
    level: "fail",
    clause: "OAuth 2.1 §4; RFC 7591 §2",
    cure: 'Use grant_types ["authorization_code", "refresh_token"] and response_types ["code"].',
  },
  pages: {
    level: "fail",
    clause: "RFC 7591 §2",
    cure: "Use https URLs for client_uri, logo_uri, policy_uri and tos_uri.",
  },
  "pages-host": {
    level: "warn",
    clause: `${CIMD} §8.1`,
    cure: "Use pages on the host of the client id: users cannot tell who you are otherwise.",
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

/** A requirement that is not met. */
export interface DocumentFinding {
  readonly rule: RuleId;
  /** What is wrong, as a sentence. Never repeats a secret. May quote the document: print it through `printable`. */
  readonly detail: string;
}

export function isFailure({ rule }: DocumentFinding): boolean {
  return RULES[rule].level === "fail";
}
