import type { AuthorizationServerMetadata } from "./authorization-server-metadata.js";

/** One observation about an authorization server, for start-up checks and the doctor. */
export interface AuthorizationServerFinding {
  readonly check:
    | "issuer"
    | "jwks_uri"
    | "authorization_endpoint"
    | "token_endpoint"
    | "pkce_s256"
    | "registration_endpoint"
    | "client_id_metadata_document";
  readonly ok: boolean;
  /** `error`: MCP clients cannot or must not use the server; `warning`: some cannot. */
  readonly severity: "error" | "warning";
  /** What it means and what helps, in plain words. */
  readonly message: string;
}

/**
 * What MCP clients need of an authorization server, checked against its
 * metadata: every check is listed, passed or not. Fetches nothing and never
 * throws.
 *
 * @see MCP 2025-11-25, Authorization, Authorization Server Metadata Discovery
 */
export function describeAuthorizationServer(
  metadata: AuthorizationServerMetadata,
  issuer: string,
): readonly AuthorizationServerFinding[] {
  return [
    finding(
      "issuer",
      "error",
      metadata.issuer === issuer,
      "The issuer is identical to the configured one.",
      "The issuer differs from the configured one; configure it exactly as the document says.",
    ),
    finding(
      "jwks_uri",
      "warning",
      metadata.jwks_uri !== undefined,
      "A key set is published.",
      "No jwks_uri is published; JWTs cannot be validated without configured keys.",
    ),
    finding(
      "authorization_endpoint",
      "error",
      metadata.authorization_endpoint !== undefined,
      "Users can authorize.",
      "No authorization_endpoint is published; clients cannot send users to authorize.",
    ),
    finding(
      "token_endpoint",
      "error",
      metadata.token_endpoint !== undefined,
      "Clients can get tokens.",
      "No token_endpoint is published; clients cannot get tokens.",
    ),
    finding(
      "pkce_s256",
      "error",
      metadata.code_challenge_methods_supported?.includes("S256") ?? false,
      "PKCE with S256 is advertised.",
      "code_challenge_methods_supported lacks S256; MCP clients must refuse to go on.",
    ),
    ...registrationFindings(metadata),
  ];
}

/** One of the two ways is enough for a client that the server does not know. */
function registrationFindings(
  metadata: AuthorizationServerMetadata,
): readonly AuthorizationServerFinding[] {
  const canRegister = metadata.registration_endpoint !== undefined;
  const takesDocuments = metadata.client_id_metadata_document_supported === true;
  return [
    finding(
      "registration_endpoint",
      "warning",
      canRegister || takesDocuments,
      canRegister ? "Clients can register." : "Clients need no registration.",
      "No registration_endpoint is published; clients must be registered by hand.",
    ),
    finding(
      "client_id_metadata_document",
      "warning",
      takesDocuments || canRegister,
      takesDocuments
        ? "Client ID metadata documents are accepted."
        : "Client ID metadata documents are not accepted; clients register instead.",
      "Client ID metadata documents are not accepted, and clients cannot register.",
    ),
  ];
}

function finding(
  check: AuthorizationServerFinding["check"],
  severity: AuthorizationServerFinding["severity"],
  ok: boolean,
  good: string,
  bad: string,
): AuthorizationServerFinding {
  return { check, ok, severity, message: ok ? good : bad };
}
