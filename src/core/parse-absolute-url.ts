/**
 * The URL that `text` is, against `base` where it may be relative; `undefined`
 * when it is none. Does not check the scheme, nor what the URL leads to.
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
