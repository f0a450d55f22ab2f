import type { InteractionResults } from "oidc-provider";
import type { InteractionParts, PageVisit } from "./interaction.js";

/** Stores what the user decided and sends the browser back to the authorization endpoint. */
export function finish(
  { provider }: InteractionParts,
  { req, res }: PageVisit,
  result: InteractionResults,
): Promise<void> {
  return provider.interactionFinished(req, res, result, {
    mergeWithLastSubmission: result.consent !== undefined,
  });
}
