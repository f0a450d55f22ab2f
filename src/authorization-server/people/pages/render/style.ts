import { inkOn, type Theme } from "../theme.js";

/** The style sheet of the built-in pages, inline: nothing is loaded from anywhere. */
export function styleOf({ accent, accentDark }: Theme): string {
  const own = accent === undefined ? "" : `:root { ${accentRules(accent)} }\n`;
  const ownDark =
    accentDark === undefined
      ? ""
      : `@media (prefers-color-scheme: dark) { :root { ${accentRules(accentDark)} } }\n`;
  return (
    PAGE_STYLE + own + (accent !== undefined && accentDark === undefined ? DEFAULT_DARK : ownDark)
  );
}

function accentRules(accent: string): string {
  return `--accent: ${accent}; --accent-ink: ${inkOn(accent)};`;
}

/** Repeated after an accent for light pages, which would otherwise apply to dark pages too. */
const DEFAULT_DARK = `@media (prefers-color-scheme: dark) { :root { --accent: #8ab4ff; --accent-ink: #0a1730; } }
`;

const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f6; --card: #ffffff; --ink: #111827; --soft: #4b5563; --line: #d7dbe2; --edge: #848e9c;
  --accent: #1d4ed8; --accent-ink: #ffffff; --accent-soft: #eff4ff; --bad: #b42318; --bad-soft: #fef3f2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --card: #161b22; --ink: #f0f3f6; --soft: #a9b4c0; --line: #343c47; --edge: #6b7685;
    --accent: #8ab4ff; --accent-ink: #0a1730; --accent-soft: #18253f; --bad: #ffa198; --bad-soft: #35191b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-content: center; grid-template-columns: minmax(0, 27rem); padding: 1.5rem 1rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main {
  width: 100%; background: var(--card); border: 1px solid var(--line);
  border-radius: 1rem; padding: 2rem; box-shadow: 0 12px 32px -12px rgb(0 0 0 / .18);
}
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.3; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 1.5rem 0 .5rem; font-size: .875rem; font-weight: 600; color: var(--soft); }
p { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
h2 + p { margin: -.25rem 0 .5rem; }
strong { color: var(--ink); font-weight: 600; }
code { font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
ul { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: .75rem; }
li { padding: .75rem 1rem; overflow-wrap: anywhere; }
li + li { border-top: 1px solid var(--line); }
li span { display: block; }
li code { color: var(--soft); }
dl { margin: 1.25rem 0 0; padding: .75rem 1rem; border-radius: .75rem; background: var(--accent-soft); font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
dd + dt { margin-top: .5rem; }
form { margin-top: 1.5rem; }
form.people { margin-top: 1rem; }
label { display: block; margin: 0 0 .25rem; font-size: .875rem; font-weight: 600; }
input {
  width: 100%; margin: 0 0 1rem; padding: .625rem .75rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--edge); border-radius: .5rem;
}
button {
  width: 100%; min-height: 2.875rem; padding: .625rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--ink); background: transparent; border: 1px solid var(--edge); border-radius: .625rem;
}
button:hover { border-color: var(--accent); }
button.primary { color: var(--accent-ink); background: var(--accent); border-color: var(--accent); }
button.primary:hover { filter: brightness(1.08); }
button.person { display: block; text-align: left; margin: 0 0 .5rem; padding: .625rem 1rem; }
button.person span { display: block; }
button.person small { color: var(--soft); font-weight: 400; font-size: .875rem; }
button.link {
  width: auto; min-height: 1.5rem; padding: 0; border: 0; border-radius: .25rem; color: var(--accent);
  font-weight: 500; text-decoration: underline; text-underline-offset: .15em;
}
button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
.who { margin: 1rem 0 0; font-size: .875rem; }
.who form { display: inline; margin: 0; }
.issuer img { display: block; margin-bottom: .5rem; max-width: 100%; }
.issuer { margin: 0 0 1.25rem; font-size: .8125rem; color: var(--soft); }
.error { padding: .75rem 1rem; border-radius: .625rem; color: var(--bad); background: var(--bad-soft); }
footer { margin-top: 1.25rem; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; justify-content: center; font-size: .8125rem; }
a { color: var(--soft); }
section { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
section h2 { margin-top: 0; color: var(--ink); font-size: 1rem; overflow-wrap: anywhere; }
section p { margin-bottom: .5rem; font-size: .875rem; }
section form { margin-top: .75rem; }
fieldset { margin: 0 0 1rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .75rem; min-width: 0; }
legend { padding: 0 .25rem; font-size: .875rem; font-weight: 600; }
label.choice { display: flex; gap: .625rem; align-items: flex-start; margin: 0; padding: .5rem 0; font-weight: 400; cursor: pointer; }
fieldset + label.choice, input + label.choice { margin-bottom: .75rem; }
label.choice input { width: 1.25rem; height: 1.25rem; margin: .1rem 0 0; flex: none; accent-color: var(--accent); }
label.choice span { overflow-wrap: anywhere; min-width: 0; }
input.code { font: 1.25rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .1em; text-transform: uppercase; }
.note { margin: 1.25rem 0 0; font-size: .8125rem; }
@media (max-width: 26rem) { main { padding: 1.5rem 1.25rem; } .pair { grid-template-columns: 1fr; } }
`;
