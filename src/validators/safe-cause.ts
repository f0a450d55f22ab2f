const MAX_MESSAGE = 300;

/**
 * What a foreign function threw, as an error for operators in which `secrets`
 * do not appear. Databases like to quote the value they could not find, so the
 * original is not kept: its message may hold the token, and its other members
 * (query parameters, nested causes) cannot be searched.
 */
export function safeCause(thrown: unknown, secrets: readonly string[]): Error {
  let text: string;
  try {
    text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown;
  } catch {
    text = "unreadable error";
  }
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      if (form !== "") text = text.replaceAll(form, "[removed]");
    }
  }
  // Cut last: cutting first could leave the front half of a secret standing.
  return new Error(text.slice(0, MAX_MESSAGE));
}
