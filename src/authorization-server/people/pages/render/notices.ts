import { html, short, type Html } from "../html.js";
import type { DoneView, ErrorView } from "../views.js";
import { frame } from "./frame.js";

export function renderDone({ site, what }: DoneView): Html {
  const { messages } = site;
  const texts = {
    signed_out: [messages.signedOut, messages.signedOutText],
    device_allowed: [messages.deviceAllowed, messages.deviceAllowedText],
    device_denied: [messages.deviceDenied, messages.deviceDeniedText],
  } as const;
  const [title, text] = texts[what];
  return frame(
    site,
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>`,
  );
}

export function renderError({ site, error, description, advice }: ErrorView): Html {
  const { messages } = site;
  const advices = {
    start_again: messages.startAgain,
    add_again: messages.addAgain,
    wait: messages.wait,
    answered: messages.answered,
  };
  const content = html`<h1>${messages.failed}</h1>
    ${description !== undefined && html`<p>${short(description)}</p>`}
    <p>${advices[advice]}</p>
    <p><code>${short(error)}</code></p>`;
  return frame(site, messages.failed, content);
}
