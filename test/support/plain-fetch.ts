import { OutboundError, type OutboundFetch } from "../../src/net/outbound-fetch.js";

/** The contract of OutboundFetch over Node's own fetch, without the guard: for servers of the tests. */
export const plainFetch: OutboundFetch = async (url, request = {}) => {
  let response: Response;
  try {
    response = await fetch(url, { ...(request as RequestInit), redirect: "manual" });
  } catch {
    throw new OutboundError("network", "no answer");
  }
  if (response.status >= 300 && response.status < 400) {
    throw new OutboundError("redirect", "redirected");
  }
  return response;
};
