/**
 * Opens an authorization URL as a program: for servers that approve on their
 * own (`autoApprove`). Returns the URL to which the client would be sent, with
 * `code` or `error` in its query.
 *
 * Does not check `state` or `iss`; that is the client's part.
 *
 * @example
 * ```ts
 * import { authorizeWithoutBrowser } from "mcp-framework-oauth/testing";
 *
 * const redirect = await authorizeWithoutBrowser("http://localhost:9000/authorize?client_id=test");
 * const code = redirect.searchParams.get("code");
 * ```
 *
 * @throws Error where the server shows a page to a person or answers otherwise
 */
export async function authorizeWithoutBrowser(authorizationUrl: URL | string): Promise<URL> {
  const response = await fetch(authorizationUrl, { redirect: "manual" });
  await response.body?.cancel();
  const location = response.headers.get("location");
  const target = location === null ? undefined : new URL(location, authorizationUrl);
  if (
    target === undefined ||
    !(target.searchParams.has("code") || target.searchParams.has("error"))
  ) {
    throw new Error(
      `The authorization server did not redirect to the client (${response.status}).`,
    );
  }
  return target;
}
