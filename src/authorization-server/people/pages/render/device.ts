import { html, type Html } from "../html.js";
import type { DeviceView } from "../views.js";
import { alert, frame, hidden } from "./frame.js";

export function renderDevice({ site, form, userCode, problem }: DeviceView): Html {
  const { messages } = site;
  const problems = {
    wrong: messages.deviceWrong,
    expired: messages.deviceExpired,
    used: messages.deviceUsed,
    too_many: messages.tooManyAttempts,
  };
  const content = html`<h1>${messages.deviceTitle}</h1>
    <p>
      ${userCode === undefined || problem !== undefined ? messages.deviceIntro : messages.deviceIntroFilled}
    </p>
    ${problem !== undefined && alert(problems[problem])}
    <form method="post" action="${form.action}">
      ${hidden(form)}
      <label for="user_code">${messages.deviceCode}</label>
      <input
        id="user_code"
        class="code"
        name="user_code"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        required
        value="${userCode ?? ""}"
        ${userCode === undefined && html` autofocus`}
      />
      <button class="primary">${messages.continue}</button>
    </form>`;
  return frame(site, messages.deviceTitle, content);
}
