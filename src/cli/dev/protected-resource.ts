import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 100;
const MAX_ATTEMPTS = 150;

/**
 * The scopes that a local server publishes, once it has started;
 * `undefined` if it does not start, or publishes no metadata.
 */
export async function publishedScopes(
  resource: string,
  isRunning: () => boolean,
): Promise<readonly string[] | undefined> {
  const { origin, pathname } = new URL(resource);
  const url = `${origin}/.well-known/oauth-protected-resource${pathname}`;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && isRunning(); attempt++) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    if (response !== undefined) {
      if (!response.ok) return undefined;
      const body: unknown = await response.json().catch(() => undefined);
      const scopes = (body as { scopes_supported?: unknown } | undefined)?.scopes_supported;
      return Array.isArray(scopes)
        ? scopes.filter((scope): scope is string => typeof scope === "string")
        : [];
    }
    await sleep(PAUSE_MS);
  }
  return undefined;
}
