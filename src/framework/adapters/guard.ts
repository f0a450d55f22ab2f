import type { RequestListener } from "node:http";
import { EMBEDDED_STEPS, guard } from "../../gate/pipeline.js";
import type { Protection } from "../../gate/protection.js";
import { sendAnswer, type Answer } from "../../http/answer.js";
import { closeWithConnection } from "../../http/pipelined.js";
import { GuardedNodeRequest, type GuardOptions } from "./guarded-node-request.js";

/** A listener in front of a transport's own, which receives only admitted requests. */
export function guardedListener(
  protection: Protection,
  options: GuardOptions,
  framework: RequestListener,
): RequestListener {
  return (req, res) => {
    // A bug here must drop the connection, not crash the process.
    try {
      closeWithConnection(req, res);
      const request = new GuardedNodeRequest(protection, options, req, res);
      const answered = (answer: Answer) => sendAnswer(req, res, answer);
      const { embedded } = protection;
      const sent = embedded?.owns(request.path)
        ? guard<unknown>(
            request,
            { answered, passed: () => embedded.handle(req, res, request.decision.peer.address) },
            EMBEDDED_STEPS,
          )
        : guard<unknown>(request, {
            answered,
            // The framework's listeners are async: what they reject with is answered by `guard`.
            passed: () => request.run(() => framework(req, res)),
          });
      if (sent instanceof Promise) sent.catch(() => res.destroy());
    } catch {
      res.destroy();
    }
  };
}
