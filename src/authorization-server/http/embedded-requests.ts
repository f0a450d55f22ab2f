import type { RequestListener } from "node:http";
import type { EmbeddedAuthorizationServer } from "../../core/embedded-authorization-server.js";
import { noteRequest } from "./request-notes.js";

/** Handles requests that the gate of the MCP server has admitted. */
export function handleEmbedded(inner: RequestListener): EmbeddedAuthorizationServer["handle"] {
  return (req, res, address) => {
    noteRequest(req, { address });
    // The gate leaves this to the handler: a refused request gets its answer before its body.
    if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
    inner(req, res);
  };
}
