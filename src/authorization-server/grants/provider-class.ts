import type { Provider, TokenEndpointGrantContext } from "oidc-provider";
import type { createGrantHandlers, GrantHandler } from "./grant-handlers.js";

type ParameterNames = string | readonly string[] | ReadonlySet<string>;

/** A `Provider` that passes every grant type handler, including the built-in ones, through `wrap`. */
export function createProviderClass(
  Base: typeof Provider,
  wrap: ReturnType<typeof createGrantHandlers>,
): typeof Provider {
  return class extends Base {
    // Also called by the constructor of `Base`, before the fields of this class exist.
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
