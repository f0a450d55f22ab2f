import { logger } from "mcp-framework";
import type { TokenValidator } from "../validators/token-validator.js";
import { createTokenValidator } from "./create-token-validator.js";
import type { ValidationContext } from "./validation-context.js";
import { verifyAuthorizationServers } from "./verify-at-start.js";

/** The parts of a provider that have to do with where tokens come from. */
export interface Validation {
  readonly validator: TokenValidator;
  /** Whether access tokens look like this one; see {@link IssuerRouter.expects}. */
  readonly expects: (token: string) => boolean;
  /** Metadata of the first authorization server, for clients of MCP 2025-03-26. */
  readonly authorizationServerMetadata: () => Promise<object>;
  readonly verifyAtStart: () => Promise<void>;
}

export function createValidation(context: ValidationContext): Validation {
  const { options, discoveryOf } = context;
  const [first] = options.authorizationServers;
  if (first === undefined) throw new RangeError("authorizationServers is checked before");
  const { validator, expects, probes } = createTokenValidator(context);
  return {
    validator,
    expects,
    authorizationServerMetadata: () => discoveryOf(first).get(),
    verifyAtStart: () =>
      verifyAuthorizationServers(
        options.verifyAtStart,
        options.authorizationServers.map(discoveryOf),
        (line, level) => logger[level](`mcp-framework-oauth: ${line}`),
        probes,
      ),
  };
}
