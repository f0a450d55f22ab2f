import type { Provider, TokenEndpointGrantContext } from "oidc-provider";
import type { createGrantHandlers, GrantHandler } from "./grant-handlers.js";

type ParameterNames = string | readonly string[] | ReadonlySet<string>;

/** A `Provider` that takes every handler of a grant type through `wrap`, its own ones too. */
export function createProviderClass(
  Base: typeof Provider,
  wrap: ReturnType<typeof createGrantHandlers>,
): typeof Provider {
  return class extends Base {
    // Called by the constructor of `Base` too, before any field of this class exists.
    override registerGrantType<Params extends object>(
      name: string,
      handler: (ctx: TokenEndpointGrantContext<Params>) => Promise<void> | void,
      params?: ParameterNames,
      duplicates?: ParameterNames,
    ): void {
      const wrapped = wrap(name, handler as unknown as GrantHandler);
      super.registerGrantType(name, wrapped, params, duplicates);
    }
  };
}
