import { fill, html, short, type Html } from "../html.js";
import type { SignInView } from "../views.js";
import { alert, frame, hidden } from "./frame.js";

export function renderSignIn(view: SignInView): Html {
  const { site, client } = view;
  const { messages } = site;
  const problems = { wrong: messages.wrongPassword, too_many: messages.tooManyAttempts };
  const content = html`<h1>${messages.signIn}</h1>
    <p>
      ${
        client === undefined
          ? messages.signInForApps
          : fill(messages.signInFor, { client: html`<strong>${short(client.name)}</strong>` })
      }
    </p>
    ${view.problem !== undefined && alert(problems[view.problem])}
    ${view.people.length > 0 && renderPeople(view)} ${view.withPassword && renderPassword(view)}
    ${
      client !== undefined &&
      html`<form method="post" action="${view.form.action}">
        ${hidden(view.form)}
        <button class="link" name="action" value="deny">${messages.cancel}</button>
      </form>`
    }`;
  return frame(site, messages.signIn, content);
}

function renderPeople({ site, form, people }: SignInView): Html {
  return html`<form
    class="people"
    method="post"
    action="${form.action}"
    aria-label="${site.messages.accounts}"
  >
    ${hidden(form)}
    <input type="hidden" name="action" value="pick" />
    ${people.map(
      ({ id, name, hint }) =>
        html`<button class="person" name="account" value="${id}">
          <span>${short(name)}</span>${hint !== name && html`<small>${short(hint)}</small>`}
        </button>`,
    )}
  </form>`;
}

function renderPassword({ site, form, userName }: SignInView): Html {
  const { messages } = site;
  const known = userName !== undefined && userName !== "";
  return html`<form method="post" action="${form.action}">
    ${hidden(form)}
    <input type="hidden" name="action" value="login" />
    <label for="username">${messages.userName}</label>
    <input
      id="username"
      name="username"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      required
      value="${userName ?? ""}"
      ${!known && html` autofocus`}
    />
    <label for="password">${messages.password}</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="current-password"
      required${known && html` autofocus`}
    />
    <button class="primary">${messages.signIn}</button>
  </form>`;
}
