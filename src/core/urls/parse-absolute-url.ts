/**
 * The URL in `text`, resolved against `base` if given; `undefined` if `text` is
 * not a URL. Does not check the scheme or the target.
 *
 * Not `URL.canParse`: once optimised, Node 20's refuses Latin-1 characters that
 * it took before. The linter holds this.
 */
export function parseAbsoluteUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
