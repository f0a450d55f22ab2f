import { createHash } from "node:crypto";

/**
 * The headers of a page: no script, no frames, no style but its own, nothing
 * cached.
 *
 * @param html the whole document; each of its `<style>` elements is allowed by hash
 * @param redirectUri where its form leads in the end; absent for a form that stays here
 */
export function pageHeaders(html: string, redirectUri?: string): Record<string, string> {
  const styles = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(
    ([, style = ""]) => `'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  );
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      `default-src 'none'; style-src ${styles.join(" ") || "'none'"}; img-src data: https:; ` +
      `form-action ${formTargets(redirectUri)}; base-uri 'none'; frame-ancestors 'none'`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    // Not no-referrer: browsers would then send `Origin: null` with the form.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
  };
}

/**
 * Sources for the CSP directive `form-action`. Browsers apply it to the redirects
 * after a submission too: those to the client, and those that the client adds.
 */
function formTargets(redirectUri: string | undefined): string {
  if (redirectUri === undefined) return "'self'";
  const targets = ["'self'", "https:", "http://localhost:*", "http://127.0.0.1:*"];
  const { protocol, hostname } = new URL(redirectUri);
  // The CSP grammar has no IPv6 addresses.
  if (protocol === "http:" && hostname.startsWith("[")) targets.push("http:");
  if (protocol !== "http:" && protocol !== "https:") targets.push(protocol);
  return targets.join(" ");
}
