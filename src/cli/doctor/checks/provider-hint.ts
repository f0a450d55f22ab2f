import type { Hint } from "../../../providers/define-provider.js";
import { serverOfIssuer } from "../../../providers/registry.js";

/** The hint about a known authorization server, with its unverified facts. */
export function providerHint(issuer: string): Hint | undefined {
  const server = serverOfIssuer(issuer);
  if (server?.hint === undefined) return undefined;
  const { hint, unverified } = server;
  const caveat = unverified.length === 0 ? "" : ` Unverified: ${unverified.join(" ")}`;
  return { ...hint, detail: `${hint.detail}${caveat}` };
}
