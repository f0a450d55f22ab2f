const TOKENS = ["test/integration/authorization-server/tokens.test.ts"];
const REFRESH = ["test/integration/authorization-server/refresh.test.ts"];

export default [
  {
    rule: "a used refresh token repeats its answer within the window only",
    file: "src/authorization-server/grants/refresh-replay.ts",
    from: "expiresAt: now + refreshReplaySeconds + 1,",
    to: "",
    tests: REFRESH,
  },
  {
    rule: "a used refresh token repeats its answer for its own client only",
    file: "src/authorization-server/grants/refresh-replay.ts",
    from: "clientId === ctx.oidc.client.clientId &&",
    to: "clientId !== undefined &&",
    tests: REFRESH,
  },
  {
    rule: "a used refresh token in other hands ends the grant",
    file: "src/authorization-server/grants/refresh-replay.ts",
    from: 'if (typeof grantId === "string") await this.#parts.revoker.revokeGrant(grantId);',
    to: "",
    tests: REFRESH,
  },
  {
    rule: "of several first uses of a refresh token one counts",
    file: "src/authorization-server/grants/grant-handlers.ts",
    from: "if (await replay.commitFirst(ctx, unit, token)) return;",
    to: "await replay.commitFirst(ctx, unit, token);\n    return;",
    tests: REFRESH,
  },
  {
    rule: "of two first uses of a code one counts, and both are noticed",
    file: "src/authorization-server/grants/grant-handlers.ts",
    from: "if (await parts.records.commit(unit.changes)) return;",
    to: "await parts.records.commit(unit.changes);\n    return;",
    tests: REFRESH,
  },
  {
    rule: "a refused refresh or code is not used up",
    file: "src/authorization-server/grants/adapter.ts",
    from: "if (unit === undefined) await records.commit([change]);",
    to: 'if (unit === undefined || "consume" in change) await records.commit([change]);',
    tests: REFRESH,
  },
  {
    rule: "of two requests with one DPoP proof one passes",
    file: "src/authorization-server/grants/adapter.ts",
    from: "if (await records.commit([{ add: record }])) return;",
    to: "if ((await records.commit([{ add: record }])) || record) return;",
    tests: REFRESH,
  },
  {
    rule: "a storage that does not answer is an outage and signs nobody out",
    file: "src/authorization-server/outages.ts",
    from: "if (scope.outage === undefined) return;",
    to: "if (scope.outage === undefined || ctx) return;",
    tests: REFRESH,
  },
  {
    rule: "a JWT is known by all of its bytes, and its record's id cannot stand in for it",
    file: "src/authorization-server/grants/token-records.ts",
    from: "return /^[\\w-]+$/.test(token) ? token : `~${sha256(token)}`;",
    to: "return /^[~\\w-]+$/.test(token) ? token : `~${sha256(token)}`;",
    tests: TOKENS,
  },
  {
    rule: "a revoked token is told to the resource servers of this process",
    file: "src/authorization-server/grants/revoker.ts",
    from: "for (const listener of this.#listeners) listener(revoked);",
    to: "",
    tests: TOKENS,
  },
  {
    rule: "userinfo is for grants with openid",
    file: "src/authorization-server/tokens/userinfo.ts",
    from: 'if (!scopes.has("openid")) return refuse(403, "insufficient_scope");',
    to: "",
    tests: TOKENS,
  },
];
