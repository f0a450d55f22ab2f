import { Html, html, short } from "../html.js";
import type { FormView, Site } from "../views.js";
import { styleOf } from "./style.js";

/** The document around the content of a built-in page. */
export function frame(site: Site, title: string, content: Html): Html {
  const { theme, language } = site;
  // The style is this package's own text and the operator's colours, which were checked.
  const style = new Html(`<style>${styleOf(theme)}</style>`);
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${short(site.name)}</title>
        ${style}
      </head>
      <body>
        <main>
          <p class="issuer">
            ${theme.logo !== undefined && html`<img src="${theme.logo}" alt="" height="40" />`}${short(site.name)}
          </p>
          ${content}
        </main>
        ${
          (theme.links ?? []).length > 0 &&
          html`<footer>
            ${(theme.links ?? []).map(({ label, url }) => html`<a href="${url}">${label}</a>`)}
          </footer>`
        }
      </body>
    </html> `;
}

/** The hidden fields of a form. */
export function hidden({ fields }: FormView): Html {
  return html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )}`;
}

export function alert(text: string): Html {
  return html`<p class="error" role="alert">${text}</p>`;
}
