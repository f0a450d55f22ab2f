import { reasons } from "./row.js";

export const LIMITS = {
  title: "Limits",
  introduction: "The response has a `Retry-After` header.",
  reasons: reasons(429, {
    too_many_failures: {
      meaning:
        "The client address sent too many invalid credentials (`rateLimit.failures`), so this one was not evaluated.",
      cure: "Find out which client it is. If all clients are affected, set `trustedProxies`: without it, all clients behind a proxy share one address.",
    },
    too_many_requests_of_principal: {
      meaning: "The user sent more messages in one window than `rateLimit.perPrincipal` allows.",
      cure: "If the requests are legitimate, raise `rateLimit.perPrincipal`, at least to the largest batch that clients send.",
    },
    too_many_calls_of_tool: {
      meaning: "The user called one tool more often in one window than `rateLimit.perTool` allows.",
      cure: "If the calls are legitimate, raise `rateLimit.perTool`.",
    },
    too_many_metadata_requests: {
      meaning: "The client address requests public documents too often.",
      cure: "If the requests are legitimate, raise `rateLimit.metadata`.",
    },
    too_many_proofs_of_key: {
      meaning: "One DPoP key used more proofs than its share of the replay cache.",
      cure: "Have the client send fewer requests a second with one key, or shorten `dpop.proofMaxAgeSeconds`.",
    },
    too_many_bodies_of_address: {
      meaning: "Unfinished requests of the client address use the maximum of body memory.",
      cure: "If the requests are legitimate, set `trustedProxies`: without it, all clients behind a proxy share one address.",
    },
    too_many_bodies_of_user: {
      meaning: "Unfinished requests of the user hold the user's share of body memory (32 MiB).",
      cure: "Find the client that sends large bodies slowly. The other users of its address are served.",
    },
    too_many_sessions_of_owner: {
      meaning: "The user has the maximum number of sessions, and none of them is idle.",
      cure: "Raise `sessions.maxPerUser`, or find the client that never ends its sessions.",
    },
    too_many_sessions: {
      meaning: "The server has the maximum number of sessions, and none of them can be evicted.",
      cure: "Raise `sessions.max`, or find the client that never ends its sessions.",
    },
  }),
} as const;
