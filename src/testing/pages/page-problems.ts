import { html } from "../../authorization-server/people/pages/html.js";
import type {
  PageName,
  PageRenderer,
  PageViews,
} from "../../authorization-server/people/pages/views.js";
import { HOSTILE, sampleViews } from "./sample-views.js";

/**
 * What is wrong with your own page for `pages.replace`; empty if nothing is.
 *
 * Renders the page with sample data, some of it hostile, and checks that it has
 * the form and fields that the server needs, shows what the user must know,
 * escapes everything, and needs nothing that the Content-Security-Policy of the
 * pages forbids: scripts, inline styles, or files of other hosts.
 *
 * Does not check appearance and accessibility: use axe in a browser for these.
 *
 * @example
 * ```ts
 * import { html, type ConsentView } from "mcp-framework-oauth/authorization-server";
 * import { pageProblems } from "mcp-framework-oauth/testing";
 *
 * const consent = (view: ConsentView) => html`<!doctype html>…`;
 * const problems = pageProblems("consent", consent);
 * ```
 */
export function pageProblems<Name extends PageName>(
  name: Name,
  renderer: PageRenderer<Name>,
): string[] {
  const samples = sampleViews()[name] as Readonly<Record<string, PageViews[Name]>>;
  return Object.entries(samples).flatMap(([sample, view]) => {
    const text = renderer(view).toString();
    const problems = [
      ...documentProblems(text, view.site.language),
      ...policyProblems(text),
      ...("form" in view ? formProblems(text, view.form) : []),
      ...missing(text, contentOf(name, view)),
    ];
    return problems.map((problem) => `${name} (${sample}): ${problem}`);
  });
}

function documentProblems(text: string, language: string): string[] {
  return [
    ...(/^\s*<!doctype html>/i.test(text) ? [] : ["must begin with <!doctype html>"]),
    ...(new RegExp(`<html[^>]*\\blang="${language}"`).test(text)
      ? []
      : [`needs <html lang="${language}">, from view.site.language`]),
    ...(/<title>[^<]+<\/title>/.test(text) ? [] : ["needs a <title>"]),
    ...(/<h1[\s>]/.test(text) ? [] : ["needs an <h1>"]),
  ];
}

function policyProblems(text: string): string[] {
  // Without styles and quoted values, which may contain any text.
  const markup = text.replace(/<style[^>]*>[\s\S]*?<\/style>/g, "").replace(/"[^"]*"/g, '""');
  return [
    ...(text.includes(HOSTILE) || /<img src=x|<script>alert/.test(text)
      ? ["does not escape text of the client or user; use the template tag html"]
      : []),
    ...(/<script[\s>]/i.test(markup) ? ["contains a script, which the pages' policy forbids"] : []),
    ...(/<[^>]*\son\w+\s*=/i.test(markup)
      ? ["contains an event handler, which the policy forbids"]
      : []),
    ...(/<[^>]*\sstyle\s*=/i.test(markup)
      ? ["contains a style attribute; write a <style> element instead"]
      : []),
    ...(/<(?:link|iframe|object|embed|base)\b/i.test(markup)
      ? ["contains an element that loads something, which the policy forbids"]
      : []),
  ];
}

function formProblems(text: string, form: PageViews["consent"]["form"]): string[] {
  const forms = text.match(/<form\b[\s\S]*?<\/form>/gi) ?? [];
  if (forms.length === 0) return ["needs a form"];
  return forms.flatMap((one) => [
    ...(/method="post"/i.test(one) ? [] : ['needs method="post" on each form']),
    ...(one.includes(`action="${form.action}"`)
      ? []
      : ["needs view.form.action as the action of each form"]),
    ...Object.entries(form.fields).flatMap(([field, value]) =>
      one.includes(`name="${field}"`) && one.includes(`value="${value}"`)
        ? []
        : [`needs the hidden field ${field} of view.form.fields in each form`],
    ),
  ]);
}

type Needed = readonly (readonly [what: string, text: string | RegExp])[];

/** What a page must contain. */
function contentOf<Name extends PageName>(name: Name, view: PageViews[Name]): Needed {
  const rules: { readonly [Page in PageName]: (view: PageViews[Page]) => Needed } = {
    signIn: ({ client, people, withPassword }) => [
      ...(client === undefined
        ? []
        : ([["the client's name", client.name], action("deny")] as const)),
      ...(withPassword
        ? ([
            ["the input username", /name="username"/],
            ["the input password", /name="password"/],
            action("login"),
          ] as const)
        : []),
      ...people.map(
        ({ id }) =>
          ["a button for each account", new RegExp(`name="account"[^>]*value="${id}"`)] as const,
      ),
    ],
    consent: ({ client, account, resources, identity, organizations }) => [
      action("allow"),
      action("deny"),
      ["the client's name", client.name],
      ["who is signed in", account],
      ["where the answer goes", client.answersTo.value],
      ...(client.verifiedHost === undefined
        ? []
        : ([["the verified domain", client.verifiedHost]] as const)),
      ...[...resources.flatMap(({ scopes }) => scopes), ...identity].map(
        ({ description }) => ["the description of each scope", description] as const,
      ),
      ...organizations.map(
        ({ id }) => ["a choice for each organization", `value="${id}"`] as const,
      ),
      ...(organizations.length > 0
        ? ([["the field organization", /name="organization"/]] as const)
        : []),
    ],
    device: () => [["the input user_code", /name="user_code"/]],
    apps: ({ account, apps }) => [
      ["who is signed in", account],
      action("sign_out"),
      ...apps.flatMap(({ id, name: client }) => [
        ["the client's name", client] as const,
        [
          "the field client with the id of each client",
          new RegExp(`name="client"[^>]*value="${id}"`),
        ] as const,
        action("revoke"),
      ]),
    ],
    done: () => [],
    error: ({ error }) => [["the error code", error]],
  };
  return rules[name](view);
}

function action(value: string): readonly [string, RegExp] {
  return [`the action ${value}`, new RegExp(`name="action"[^>]*value="${value}"`)];
}

function missing(text: string, needed: Needed): string[] {
  const absent = needed.filter(([, wanted]) =>
    typeof wanted === "string"
      ? !text.includes(html`${wanted}`.toString()) && !text.includes(wanted)
      : !wanted.test(text),
  );
  return [...new Set(absent.map(([what]) => `needs ${what}`))];
}
