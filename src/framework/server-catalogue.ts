import type { OperationTarget } from "../policy/operation.js";
import type { ScopeRequirement, ScopeTerm } from "../policy/scope-requirement.js";
import type { FrameworkServer } from "./internals.js";

/**
 * The tools, resources and prompts of the servers a provider protects, and the
 * scopes their classes ask for in a field `scopes`: read from the objects that
 * run, so that a rule and its tool cannot drift apart.
 */
export class ServerCatalogue {
  readonly #known = new WeakSet<FrameworkServer>();
  /** Weak: one provider may see many servers come and go, as where each request makes its own. */
  readonly #refs = new Set<WeakRef<FrameworkServer>>();

  /** False when it was there already. */
  add(server: FrameworkServer): boolean {
    if (this.#known.has(server)) return false;
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

  /** What the class of a target asks for; of two servers' equal names the stricter holds. */
  scopesOf(target: OperationTarget): ScopeRequirement | undefined {
    const asked: ScopeRequirement[] = [];
    for (const server of this.#servers()) {
      const entry = entryOf(server, target) as { scopes?: ScopeRequirement } | undefined;
      if (entry?.scopes !== undefined) asked.push(entry.scopes);
    }
    if (asked.length < 2) return asked[0];
    return asked.map((requirement) =>
      Array.isArray(requirement)
        ? { allOf: requirement as ScopeTerm[] }
        : (requirement as ScopeTerm),
    );
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

function entryOf(server: FrameworkServer, { type, name }: OperationTarget): object | undefined {
  switch (type) {
    case "tool":
      return server.toolsMap.get(name);
    case "prompt":
      return server.promptsMap.get(name);
    case "resource":
      return server.resourcesMap.get(name) ?? templateOf(server, name);
    case "task":
      return undefined;
  }
}

/** A resource is also named by its URI template, in lists and completions. */
function templateOf(server: FrameworkServer, template: string): object | undefined {
  for (const resource of server.resourcesMap.values()) {
    const { templateDefinition } = resource as { templateDefinition?: { uriTemplate?: string } };
    if (templateDefinition?.uriTemplate === template) return resource;
  }
  return undefined;
}
