import type { InteractionParts, PageVisit } from "./interaction.js";

const KIND = "AnsweredInteraction";
const SECONDS = 3600;

/** Notes that the user has answered, so that the back button leads to a page that says so. */
export async function noteAnswered(
  { records, clock }: InteractionParts,
  { details }: PageVisit,
): Promise<void> {
  const expiresAt = Math.floor(clock()) + SECONDS;
  await records.commit([{ put: { kind: KIND, id: details.uid, payload: {}, expiresAt } }]);
}

/** Whether the page of this interaction was answered within the last hour, in any browser. */
export async function wasAnswered({ records }: InteractionParts, uid: string): Promise<boolean> {
  return (await records.get(KIND, uid)) !== undefined;
}
