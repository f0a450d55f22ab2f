import type { IncomingMessage } from "node:http";
import { readBody } from "./read-body.js";

const FORM_BYTES = 8 * 1024;

/** A form of one of this server's pages, or why it does not count. */
export type SubmittedForm =
  | { readonly form: URLSearchParams }
  | { readonly status: 403 | 413; readonly problem: "otherSite" | "formTooLarge" };

/**
 * Reads a form of one of this server's pages. A browser's `Origin` must be `ownOrigin`, because
 * SameSite treats all ports of a host as one site.
 *
 * Does not check the token of the form.
 */
export async function readForm(req: IncomingMessage, ownOrigin: string): Promise<SubmittedForm> {
  const { origin } = req.headers;
  if (origin !== undefined && origin !== ownOrigin) return { status: 403, problem: "otherSite" };
  const body = await readBody(req, FORM_BYTES);
  if (body === undefined) return { status: 413, problem: "formTooLarge" };
  return { form: new URLSearchParams(body) };
}
