/**
 * Issuers of credentials that no authorization server issued. They are set in
 * `AccessToken.issuer` so that an API key's or a database token's subject never
 * is the same principal as an equal subject of an authorization server.
 */
export const API_KEY_ISSUER = "urn:mcp-framework-oauth:api-key";
export const STATIC_ISSUER = "urn:mcp-framework-oauth:static";
export const CUSTOM_ISSUER = "urn:mcp-framework-oauth:custom";
