import type { AccessToken } from "../core/access-token.js";
import type { ScopePolicy } from "./scope-policy.js";

/** Per method: the member of the result that is the list, and what names an entry. */
const LISTS: ReadonlyMap<string, { readonly list: string; readonly name: string }> = new Map([
  ["tools/list", { list: "tools", name: "name" }],
  ["resources/list", { list: "resources", name: "uri" }],
  ["resources/templates/list", { list: "resourceTemplates", name: "uriTemplate" }],
  ["prompts/list", { list: "prompts", name: "name" }],
]);

/**
 * The result of a list method with only those entries that `token` may use;
 * for an anonymous client, the public ones (`mcp-lists`). Cursor and other members stay,
 * so that a page may come out short or empty while more follow. An entry
 * without a name cannot be decided and is left out.
 *
 * Never changes `result`; returns it as it is when nothing is left out, and for
 * other methods. Says nothing about whether the method itself may be called.
 *
 * @param result the `result` member of the JSON-RPC response
 * @returns a promise only where the policy has an `authorize` function
 */
export function filterList<T>(
  method: string,
  result: T,
  token: AccessToken | undefined,
  policy: ScopePolicy,
): T | Promise<T> {
  const members = LISTS.get(method);
  const isVisible = policy.listView(method, token);
  if (members === undefined || isVisible === undefined || !isRecord(result)) return result;
  const { list, name } = members;
  const entries = result[list];
  if (entries === undefined) return result;
  if (!Array.isArray(entries)) return { ...result, [list]: [] };

  const keep = (visible: readonly boolean[]): T =>
    visible.every(Boolean)
      ? result
      : { ...result, [list]: entries.filter((_, index) => visible[index]) };
  const answers: (boolean | Promise<boolean>)[] = entries.map((entry: unknown) => {
    const text = isRecord(entry) ? entry[name] : undefined;
    return typeof text === "string" && isVisible(text);
  });
  if (!answers.some((answer) => answer instanceof Promise)) return keep(answers as boolean[]);
  return Promise.all(answers.map((answer) => Promise.resolve(answer))).then(keep);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
