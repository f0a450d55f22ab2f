import { describe, expect, it } from "@jest/globals";
import { html, type ConsentView } from "../../../src/authorization-server/index.js";
import { Html } from "../../../src/authorization-server/people/pages/html.js";
import { BUILT_IN_PAGES } from "../../../src/authorization-server/people/pages/built-in-pages.js";
import type { PageName } from "../../../src/authorization-server/people/pages/views.js";
import { pageProblems } from "../../../src/testing/index.js";

const names = Object.keys(BUILT_IN_PAGES) as PageName[];

const consent = (view: ConsentView) =>
  html`<!doctype html>
    <html lang="${view.site.language}">
      <head>
        <title>Consent</title>
      </head>
      <body>
        <h1>${view.client.name} ${view.client.verifiedHost}</h1>
        <p>${view.account}, ${view.client.answersTo.value}</p>
        ${view.resources.map(({ scopes }) => scopes.map(({ description }) => html`<p>${description}</p>`))}
        ${view.identity.map(({ description }) => html`<p>${description}</p>`)}
        <form method="post" action="${view.form.action}">
          ${Object.entries(view.form.fields).map(
            ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
          )}
          <select name="organization">
            ${view.organizations.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
          </select>
          <button name="action" value="deny">No</button>
          <button name="action" value="allow">Yes</button>
        </form>
      </body>
    </html>`;

/** The page above with a change of its text. */
const changed =
  (from: RegExp, to: string): typeof consent =>
  (view) =>
    new Html(consent(view).toString().replace(from, to));

describe("the built-in pages", () => {
  it.each(names)("have no problems: %s", (name) => {
    expect(pageProblems(name, BUILT_IN_PAGES[name] as never)).toEqual([]);
  });
});

describe("an own page", () => {
  it("that follows the rules has no problems", () => {
    expect(pageProblems("consent", consent)).toEqual([]);
  });

  it.each<[string, RegExp, string, string]>([
    ["has no language", /lang="en"/, "", 'needs <html lang="en">'],
    ["has no title", /<title>[^<]*<\/title>/, "", "needs a <title>"],
    ["has no heading", /<h1>/, "<p>", "needs an <h1>"],
    ["has a script", /<h1>/, "<script>1</script><h1>", "contains a script"],
    ["has an event handler", /<h1>/, '<h1 onclick="x">', "contains an event handler"],
    ["has a style attribute", /<h1>/, '<h1 style="x">', "contains a style attribute"],
    [
      "loads a style sheet",
      /<title>/,
      '<link rel="stylesheet" href="x"><title>',
      "loads something",
    ],
    ["sends its form with GET", /method="post"/, "", 'needs method="post"'],
    ["sends its form elsewhere", /action="\/[^"]*"/, 'action="/x"', "view.form.action"],
    ["forgets the hidden field", /name="form_token"/, 'name="x"', "hidden field form_token"],
    ["cannot deny", /value="deny"/, 'value="x"', "needs the action deny"],
    ["hides who asks", /Notes for the desk/, "", "needs the client's name"],
    ["hides what for", /Read your notes/, "", "needs the description of each scope"],
    ["hides where the answer goes", /127\.0\.0\.1:53682/, "", "needs where the answer goes"],
    ["hides as whom", /Ada Lovelace/, "", "needs who is signed in"],
    [
      "hides the verified domain",
      /(<h1>[^<]*)notes\.example\.com/,
      "$1",
      "needs the verified domain",
    ],
    ["leaves out an organization", /value="globex"/, 'value="x"', "a choice for each organization"],
  ])("that %s is reported", (_, from, to, problem) => {
    expect(pageProblems("consent", changed(from, to)).join("\n")).toContain(problem);
  });

  it("that does not escape is reported", () => {
    const raw = (view: ConsentView) =>
      new Html(consent(view).toString().replace("<h1>", `<h1>${view.client.name}`));
    expect(pageProblems("consent", raw).join("\n")).toContain("does not escape");
  });
});
