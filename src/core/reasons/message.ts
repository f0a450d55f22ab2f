import { reasons } from "./row.js";

/** Refusals because of the body or the session. */
export const MESSAGE = {
  title: "Message and session",
  reasons: {
    ...reasons(400, {
      body_empty: { meaning: "The body is empty.", cure: "Fix the client." },
      body_incomplete: {
        meaning: "The connection closed before the body was complete.",
        cure: "Nothing to do for single requests. If it is frequent, check timeouts of proxies.",
      },
      body_not_json: {
        meaning: "The body is not valid JSON in UTF-8.",
        cure: "Fix the client.",
      },
      message_malformed: {
        meaning: "The body is not a JSON-RPC message, or its `params` lack a required member.",
        cure: "Fix the client.",
      },
      jsonrpc_version: {
        meaning: '`jsonrpc` is not `"2.0"`.',
        cure: "Fix the client.",
      },
      method_malformed: { meaning: "`method` is not a string.", cure: "Fix the client." },
      arguments_malformed: {
        meaning: "The arguments do not match the schema of a tool that has `canUse`.",
        cure: "Fix the client, or the tool's `schema`.",
      },
      params_malformed: { meaning: "`params` is not an object.", cure: "Fix the client." },
      id_malformed: {
        meaning: "`id` is neither a string nor an integer.",
        cure: "Fix the client.",
      },
      target_malformed: {
        meaning: "The name or URI of a tool, prompt or resource is not a string.",
        cure: "Fix the client.",
      },
      header_mismatch: {
        meaning:
          "`Mcp-Method`, `Mcp-Name` or an `Mcp-Param-*` header contradicts the body, or is wrongly encoded.",
        cure: "Fix the client, or the proxy that changes one of the two.",
      },
      batch_empty: { meaning: "The batch has no message.", cure: "Fix the client." },
      batch_too_long: {
        meaning: "The batch has too many messages.",
        cure: "Have the client send fewer messages at once.",
      },
    }),
    ...reasons(413, {
      body_too_large: {
        meaning: "The body is larger than `maxBodyBytes`.",
        cure: "If clients need such bodies, raise `maxBodyBytes`.",
      },
      body_too_deep: {
        meaning: "The body nests more than 100 objects and lists.",
        cure: "Have the client send flatter arguments.",
      },
      body_too_many_members: {
        meaning: "The objects of the body have more than 50,000 members in total.",
        cure: "Have the client send less at once, or lists instead of objects.",
      },
      initialize_too_large: {
        meaning: "The `initialize` message is larger than any client needs.",
        cure: "Have the client send less in `clientInfo` and `capabilities`.",
      },
    }),
    ...reasons(404, {
      session_not_found: {
        meaning: "The session has ended, never existed, or belongs to another principal.",
        cure: "The client must start a new session; many clients need a person to do it. If legitimate clients see this often, raise `sessions.idleSeconds`, and route each session to one process.",
      },
      session_revoked: {
        meaning: "The session was revoked with `provider.revoke()`.",
        cure: "Nothing to do: the session is meant to be over.",
      },
    }),
  },
} as const;
