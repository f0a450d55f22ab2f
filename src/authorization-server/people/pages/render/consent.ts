import { fill, html, short, type Html } from "../html.js";
import type { ClientView, ConsentView, ScopeView, Site } from "../views.js";
import { alert, frame, hidden } from "./frame.js";

export function renderConsent(view: ConsentView): Html {
  const { site, client } = view;
  const { messages } = site;
  const heading =
    client.verifiedHost === undefined ? messages.allowUnverified : messages.allowVerified;
  const problems = {
    changed: messages.requestChanged,
    organization: messages.chooseOrganization,
  };
  const content = html`<h1>${fill(heading, { client: short(client.name) })}</h1>
    ${view.problem !== undefined && alert(problems[view.problem])} ${renderAccount(view)}
    ${view.resources.map(
      ({ name, identifier, scopes }) =>
        html`<h2>${fill(messages.onResource, { resource: short(name) })}</h2>
          ${name !== identifier && html`<p><code>${short(identifier)}</code></p>`}
          ${scopeList(scopes)}`,
    )}
    ${
      view.identity.length > 0 &&
      html`<h2>${messages.aboutYou}</h2>
        ${scopeList(view.identity)}`
    }
    <dl>
      <dt>${messages.publishedBy}</dt>
      <dd>
        ${
          client.verifiedHost === undefined
            ? messages.notVerified
            : fill(messages.verified, { host: short(client.verifiedHost) })
        }
      </dd>
      <dt>${messages.answersTo}</dt>
      <dd>${whereTo(site, client)}</dd>
    </dl>
    ${renderDecision(view)}
    <p class="note">${renderNote(view)}</p>`;
  return frame(site, messages.allowAccess, content);
}

function renderAccount({ site, account, form, canSwitchAccount }: ConsentView): Html {
  const { messages } = site;
  return html`<div class="who">
    ${fill(messages.signedInAs, { account: html`<strong>${short(account)}</strong>` })}
    ${
      canSwitchAccount &&
      html`<form method="post" action="${form.action}">
        ${hidden(form)}
        <button class="link" name="action" value="switch">${messages.switchAccount}</button>
      </form>`
    }
  </div>`;
}

function renderDecision(view: ConsentView): Html {
  const { site, form } = view;
  const { messages } = site;
  return html`<form method="post" action="${form.action}">
    ${hidden(form)} ${view.organizations.length > 0 && renderOrganizations(view)}
    ${
      view.rememberDays !== undefined &&
      html`<label class="choice"
        ><input type="checkbox" name="remember" value="yes" /><span
          >${fill(messages.remember, { days: view.rememberDays })}</span
        ></label
      >`
    }
    <div class="pair">
      <button name="action" value="deny" formnovalidate>${messages.deny}</button>
      <button class="primary" name="action" value="allow">${messages.allow}</button>
    </div>
  </form>`;
}

function renderNote({ site: { messages }, client: { answersTo } }: ConsentView): Html {
  return answersTo.kind === "device"
    ? fill(messages.consentNoteDevice, { value: answersTo.value })
    : html`${messages.consentNote}`;
}

function renderOrganizations({ site, organizations }: ConsentView): Html {
  return html`<fieldset>
    <legend>${site.messages.organization}</legend>
    ${organizations.map(
      ({ id, name, chosen }) =>
        html`<label class="choice"
          ><input
            type="radio"
            name="organization"
            value="${id}"
            required${chosen && html` checked`}
          /><span>${short(name)}</span></label
        >`,
    )}
  </fieldset>`;
}

export function scopeList(scopes: readonly ScopeView[]): Html {
  return html`<ul>
    ${scopes.map(
      ({ scope, description }) =>
        html`<li><span>${short(description)}</span><code>${short(scope)}</code></li>`,
    )}
  </ul>`;
}

function whereTo({ messages }: Site, { answersTo: { kind, value } }: ClientView): Html {
  const texts = {
    site: "{value}",
    loopback: messages.answersToLoopback,
    scheme: messages.answersToScheme,
    device: messages.answersToDevice,
  };
  return fill(texts[kind], { value: short(value) });
}
