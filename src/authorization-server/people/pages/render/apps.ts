import { fill, html, short, type Html } from "../html.js";
import type { AppsView, Site } from "../views.js";
import { scopeList } from "./consent.js";
import { frame, hidden } from "./frame.js";

type App = AppsView["apps"][number];

export function renderApps({ site, form, account, apps }: AppsView): Html {
  const { messages } = site;
  const content = html`<h1>${messages.apps}</h1>
    <p>
      ${fill(apps.length > 0 ? messages.appsIntro : messages.noApps, {
        account: html`<strong>${short(account)}</strong>`,
      })}
    </p>
    ${apps.length === 0 && html`<p>${fill(messages.signedInAs, { account: html`<strong>${short(account)}</strong>` })}</p>`}
    ${apps.map(
      (app) =>
        html`<section>
          <h2>${short(app.name)}</h2>
          ${renderApp(site, app)}
          <form method="post" action="${form.action}">
            ${hidden(form)}
            <input type="hidden" name="client" value="${app.id}" />
            <button
              name="action"
              value="revoke"
              aria-label="${fill(messages.revokeOf, { client: short(app.name) })}"
            >
              ${messages.revoke}
            </button>
          </form>
        </section>`,
    )}
    <form method="post" action="${form.action}" class="pair">
      ${hidden(form)}
      <button name="action" value="sign_out">${messages.signOut}</button>
      <button name="action" value="sign_out_everywhere">${messages.signOutEverywhere}</button>
    </form>
    <p class="note">${messages.signOutEverywhereNote}</p>`;
  return frame(site, messages.apps, content);
}

function renderApp(site: Site, app: App): Html {
  const { messages } = site;
  const times = [
    fill(messages.since, { date: date(site, app.since) }),
    ...(app.lastUsed === undefined
      ? []
      : [fill(messages.lastUsed, { date: date(site, app.lastUsed) })]),
  ];
  return html`<p>
      ${
        app.verifiedHost === undefined
          ? messages.notVerified
          : fill(messages.verified, { host: short(app.verifiedHost) })
      }
    </p>
    <p>${times.map((time, index) => html`${index > 0 && ", "}${time}`)}</p>
    ${app.organizations.length > 0 && html`<p>${fill(messages.forOrganizations, { organizations: app.organizations.join(", ") })}</p>`}
    ${scopeList(app.scopes)}`;
}

function date({ language }: Site, iso: string): Html {
  const text = new Date(iso).toLocaleDateString(language, { dateStyle: "medium", timeZone: "UTC" });
  return html`<time datetime="${iso}">${text}</time>`;
}
