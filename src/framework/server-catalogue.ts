import type { OperationTarget } from "../messages/operation.js";
import type { Authorize } from "../policy/scope-options.js";
import type { ScopeRequirement, ScopeTerm } from "../policy/scope-requirement.js";
import type { FrameworkServer } from "./internals.js";
import { guardOf, refuseUnusedGuards } from "./tool-guard.js";

/**
 * The tools, resources and prompts of the servers a provider protects, and the
 * scopes their classes ask for in a field `scopes`: read from the objects that
 * run, so that a rule and its tool cannot drift apart.
 */
export class ServerCatalogue {
  readonly #known = new WeakSet<FrameworkServer>();
  /** Weak: one provider may see many servers come and go, as where each request makes its own. */
  readonly #refs = new Set<WeakRef<FrameworkServer>>();

  /**
   * False when it was there already.
   *
   * @throws ConfigurationError for a `canUse` that would never be called
   */
  add(server: FrameworkServer): boolean {
    if (this.#known.has(server)) return false;
    refuseUnusedGuards(server);
    this.#known.add(server);
    this.#refs.add(new WeakRef(server));
    return true;
  }

  *targets(): Iterable<OperationTarget> {
    for (const server of this.#servers()) {
      for (const name of server.toolsMap.keys()) yield { type: "tool", name };
      for (const name of server.resourcesMap.keys()) yield { type: "resource", name };
      for (const name of server.promptsMap.keys()) yield { type: "prompt", name };
    }
  }

  /** What the class of a target asks for; where several have the name, what all of them ask for. */
  scopesOf(target: OperationTarget): ScopeRequirement | undefined {
    // Loops instead of array methods, because this runs for every request.
    const asked: ScopeRequirement[] = [];
    for (const server of this.#servers()) {
      for (const { scopes } of entriesOf(server, target) as { scopes?: ScopeRequirement }[]) {
        if (scopes !== undefined) asked.push(scopes);
      }
    }
    if (asked.length < 2) return asked[0];
    return asked.map((requirement) =>
      Array.isArray(requirement)
        ? { allOf: requirement as ScopeTerm[] }
        : (requirement as ScopeTerm),
    );
  }

  /** Rules for calls of this tool beside scopes: `canUse` of every tool with this name. */
  guardsOf({ type, name }: OperationTarget): readonly Authorize[] {
    if (type !== "tool") return NO_GUARDS;
    let guards: Authorize[] | undefined;
    for (const server of this.#servers()) {
      const tool = server.toolsMap.get(name);
      if (tool?.canUse !== undefined) (guards ??= []).push(guardOf(tool));
    }
    return guards ?? NO_GUARDS;
  }

  hasTool(name: string): boolean {
    return this.#servers().some((server) => server.toolsMap.has(name));
  }

  /** JSON Schemas of the arguments that tools of this name take. */
  toolSchemas(name: string): readonly unknown[] {
    return this.#servers().flatMap((server) => server.toolsMap.get(name)?.inputSchema ?? []);
  }

  #servers(): FrameworkServer[] {
    const servers: FrameworkServer[] = [];
    for (const ref of this.#refs) {
      const server = ref.deref();
      if (server === undefined) this.#refs.delete(ref);
      else servers.push(server);
    }
    return servers;
  }
}

const NO_GUARDS: readonly Authorize[] = [];

function entriesOf(server: FrameworkServer, { type, name }: OperationTarget): object[] {
  switch (type) {
    case "tool":
      return [...present(server.toolsMap.get(name)), ...appTools(server, name)];
    case "prompt":
      return present(server.promptsMap.get(name));
    case "resource":
      return [...server.resourcesMap].flatMap(([uri, resource]) =>
        uri === name || templateOf(resource) === name ? [resource] : [],
      );
    case "task":
      return [];
  }
}

/** mcp-framework copies an app's tools into `toolsMap` without their `scopes`. */
function appTools({ appsMap }: FrameworkServer, name: string): object[] {
  if (appsMap === undefined || appsMap.size === 0) return [];
  return [...appsMap.values()].flatMap(({ tools }) => tools.filter((tool) => tool.name === name));
}

/** Lists and completions name a resource by its URI template, which several may share. */
function templateOf(resource: object): string | undefined {
  return (resource as { templateDefinition?: { uriTemplate?: string } }).templateDefinition
    ?.uriTemplate;
}

function present(entry: object | undefined): object[] {
  return entry === undefined ? [] : [entry];
}
