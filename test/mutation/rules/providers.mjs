const TESTS = ["test/unit/providers/user-rights.nock.test.ts"];

export default [
  {
    rule: "rights of users are scopes only in app-only tokens",
    file: "src/validators/claims.ts",
    from: "appScopes?.isAppOnly(claims) === true",
    to: "appScopes !== undefined",
    tests: ["test/integration/user-rights.test.ts", ...TESTS],
  },
  {
    rule: "rights of applications are scopes in app-only tokens",
    file: "src/validators/claims.ts",
    from: "[...scopes, ...appScopes.claims]",
    to: "scopes",
    tests: ["test/integration/user-rights.test.ts", ...TESTS],
  },
  {
    rule: "presets count rights as scopes only where the author says so",
    file: "src/providers/preset.ts",
    from: "{ countRoles = false }: RightsOptions",
    to: "{ countRoles = true }: RightsOptions",
    tests: ["test/integration/user-rights.test.ts", ...TESTS],
  },
  {
    rule: "an Entra token with scp is a user's",
    file: "src/providers/entra.ts",
    from: "if (scp !== undefined) return false;",
    to: "",
    tests: TESTS,
  },
  {
    rule: "an Entra token without idtyp is an application's only when its subject is its object id",
    file: "src/providers/entra.ts",
    from: 'typeof oid === "string" && oid === sub',
    to: "true",
    tests: TESTS,
  },
  {
    rule: "an Auth0 token of another grant is a user's",
    file: "src/providers/auth0.ts",
    from: "gty === APP_GRANT && clientId",
    to: "clientId",
    tests: TESTS,
  },
  {
    rule: "an Auth0 token is an application's only when its subject is its client",
    file: "src/providers/auth0.ts",
    from: "sub === `${clientId}@clients`",
    to: "true",
    tests: TESTS,
  },
  {
    rule: "an authentik ID token is no access token",
    file: "src/providers/authentik.ts",
    from: "requireClientId: true,",
    to: "",
    tests: ["test/unit/providers/recorded-shapes.nock.test.ts"],
  },
  {
    rule: "a signed introspection answer is not demanded in vain beside a preset",
    file: "src/options/environment/preset-from-env.ts",
    from: '"OAUTH_INTROSPECTION_SIGNED_RESPONSE",',
    to: "",
    tests: ["test/unit/options/environment/options-from-env.test.ts"],
  },
];
