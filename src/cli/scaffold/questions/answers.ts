import { isLoopbackHost } from "../../../core/urls/loopback.js";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";

/** The characters of a URI (RFC 3986 §2). `new URL()` silently trims, drops or encodes all others. */
const URI = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;

/** What is wrong with a project's name; it becomes a folder and the name of a package. */
export function nameProblem(name: string): string | undefined {
  // The framework's own rule.
  return name === "." || /^[a-z0-9][a-z0-9-]*$/.test(name)
    ? undefined
    : "A project's name has lowercase letters, numbers and hyphens only.";
}

/** What is wrong with an issuer (RFC 8414 §2), as a sentence. */
export function issuerProblem(text: string): string | undefined {
  return (
    urlProblem(text, "https://auth.example.com") ??
    (/[?#]/.test(text) ? "It must not have a query or a fragment." : undefined)
  );
}

/** What is wrong with the URL of the server itself (RFC 8707 §2), as a sentence. */
export function resourceProblem(text: string): string | undefined {
  return (
    urlProblem(text, "https://mcp.example.com/mcp") ??
    (text.includes("#") ? "It must not have a fragment." : undefined)
  );
}

function urlProblem(text: string, example: string): string | undefined {
  const url = parseAbsoluteUrl(text);
  // "https:host" parses too, and does not compare equal to what clients send.
  if (url === undefined || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text.trimStart())) {
    return `Write the complete URL, for example ${example}.`;
  }
  if (!URI.test(text)) {
    return "It has a character that is not allowed in a URL; percent-encode it, and the host in ASCII.";
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    return "It must use https; http is accepted for localhost only.";
  }
  return url.username === "" && url.password === ""
    ? undefined
    : "It must not contain credentials.";
}
