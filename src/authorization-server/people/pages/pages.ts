import type { ServerResponse, IncomingHttpHeaders } from "node:http";
import { BUILT_IN_PAGES } from "./built-in-pages.js";
import type { Html } from "./html.js";
import { chooseLanguage, MESSAGES, type Language, type Messages } from "./messages/messages.js";
import { pageHeaders } from "./page-headers.js";
import { validateTheme, type Theme } from "./theme.js";
import type { ErrorView, PageName, PageRenderers, PageViews, Site } from "./views.js";

/** Appearance of the pages. */
export interface PageOptions {
  /** Name, logo, colours and links of the built-in pages. */
  readonly theme?: Theme;
  /**
   * Language of the pages, `en` or `de`.
   * @default the first that `ui_locales` or the browser's `Accept-Language` names; else `en`
   */
  readonly language?: Language;
  /** Other texts, by language. */
  readonly messages?: Readonly<Partial<Record<Language, Partial<Messages>>>>;
  /**
   * Your own pages, as functions from plain data to HTML. If one throws, the
   * built-in page is sent and `onError` gets the error. `pageProblems` of
   * `mcp-framework-oauth/testing` tests them.
   */
  readonly replace?: Partial<PageRenderers>;
}

/** A rendered page and its headers. */
export interface Page {
  readonly html: string;
  readonly headers: Record<string, string>;
}

/** The request that a page answers, as far as its language depends on it. */
export interface Reader {
  readonly headers: IncomingHttpHeaders;
  readonly uiLocales?: string | undefined;
  /** Where the form of the page leads in the end. */
  readonly redirectUri?: string | undefined;
}

type Data<Name extends PageName> = Omit<PageViews[Name], "site">;

/** Renders the pages of one authorization server. */
export interface Pages {
  render<Name extends PageName>(name: Name, reader: Reader, data: Data<Name>): Page;
  /** The error page, with a description by its key in the messages. */
  error(
    reader: Reader,
    error: string,
    description?: keyof Messages,
    advice?: ErrorView["advice"],
  ): Page;
  messages(reader: Reader): Messages;
}

/** @throws ConfigurationError if the theme is invalid */
export function createPages(
  options: PageOptions,
  issuer: string,
  onError: (error: Error) => void,
): Pages {
  const theme = options.theme ?? {};
  validateTheme(theme);
  const siteFor = ({ headers, uiLocales }: Reader): Site => {
    const language = options.language ?? chooseLanguage(headers["accept-language"], uiLocales);
    const messages = { ...MESSAGES[language], ...options.messages?.[language] };
    return { language, messages, theme, name: theme.name ?? new URL(issuer).host };
  };
  const draw = <Name extends PageName>(name: Name, view: PageViews[Name]): Html => {
    const own = options.replace?.[name];
    if (own !== undefined) {
      try {
        return own(view);
      } catch (thrown) {
        onError(new Error(`pages.replace.${name} failed`, { cause: thrown }));
      }
    }
    return BUILT_IN_PAGES[name](view);
  };
  const pages: Pages = {
    render(name, reader, data) {
      const view = { ...data, site: siteFor(reader) } as unknown as PageViews[typeof name];
      const html = draw(name, view).toString();
      return { html, headers: pageHeaders(html, reader.redirectUri) };
    },
    error(reader, error, description, advice = "start_again") {
      return pages.render("error", reader, {
        error,
        advice,
        ...(description !== undefined && { description: siteFor(reader).messages[description] }),
      });
    },
    messages: (reader) => siteFor(reader).messages,
  };
  return pages;
}

/** Sends a page. */
export function sendPage(res: ServerResponse, status: number, { html, headers }: Page): void {
  res.writeHead(status, headers);
  res.end(html);
}
