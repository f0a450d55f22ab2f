import { streamTablesOf, type SessionTransport } from "../internals.js";

/**
 * Lets go of what SDK 1.32 keeps for every request that it answers as JSON (not
 * as a stream): about 5 KB until the session ends, so that one busy session
 * fills the memory. To be called with the request just received, and the
 * result once its HTTP answer is closed.
 *
 * Touches nothing of the kind that the SDK cleans up itself, and nothing at
 * all where the tables look different: a leak is no reason to refuse.
 */
export function jsonStreamRelease(
  transport: SessionTransport,
  requestId: string | number,
): () => void {
  const tables = streamTablesOf(transport);
  const stream = tables?._requestToStreamMapping.get(requestId);
  if (tables === undefined || stream === undefined) return () => undefined;
  return () => {
    if (tables._streamMapping.get(stream)?.resolveJson === undefined) return;
    tables._streamMapping.delete(stream);
    // The entry may remain after the client left; a later request may have the same id.
    if (tables._requestToStreamMapping.get(requestId) === stream) {
      tables._requestToStreamMapping.delete(requestId);
    }
  };
}
