import { reasons } from "./row.js";

/** Refusals because the token does not allow the operation. */
export const PERMISSION = {
  title: "Permission",
  introduction: "The token is valid but does not allow the operation.",
  reasons: {
    ...reasons(403, {
      scope_insufficient: {
        meaning: "The token lacks a scope that the operation requires.",
        cure: "Have the client request the scopes of the challenge (step-up authorization).",
      },
      not_authorized: {
        meaning:
          "Your `authorize` function or the tool's `canUse` refused the operation, or no scope allows it.",
        cure: "Check `authorize`, `canUse` and the policy in `scopes`.",
      },
    }),
    ...reasons(401, {
      authentication_insufficient: {
        meaning: "The operation requires a stronger or more recent sign-in.",
        cure: "Have the client send the user to sign in again, with the `acr_values` and `max_age` of the challenge.",
      },
    }),
  },
} as const;
