const CLIENTS = ["test/integration/authorization-server/clients.test.ts"];
const SERVICES = ["test/integration/authorization-server/services.test.ts"];
const FETCH = ["test/unit/authorization-server/clients/client-fetch.test.ts"];
const POLICY = ["test/unit/authorization-server/clients/client-policy.test.ts"];

export default [
  {
    rule: "a client's server must have a public host name",
    file: "src/authorization-server/clients/client-fetch.ts",
    from: "return isIP(bare) === 0 && !isLoopbackHost(bare);",
    to: "return true;",
    tests: FETCH,
  },
  {
    rule: "a client's server must not resolve to a private address",
    file: "src/authorization-server/clients/client-fetch.ts",
    from: "maxBytes: KEY_SET_BYTES,",
    to: 'maxBytes: KEY_SET_BYTES,\n    allowPrivateAddresses: ["10.0.0.0/8", "127.0.0.0/8", "::/0"],',
    tests: FETCH,
  },
  {
    rule: "a redirect of a client's server is not followed",
    file: "src/authorization-server/clients/client-fetch.ts",
    from: 'redirect: "manual",',
    to: 'redirect: "follow",',
    tests: FETCH,
  },
  {
    rule: "a client whose server does not respond is an outage",
    file: "src/authorization-server/clients/client-unavailable.ts",
    from: "if (found !== undefined) noteOutage(found);",
    to: "void found;",
    tests: CLIENTS,
  },
  {
    rule: "the policy applies to registered clients at every use",
    file: "src/authorization-server/clients/registration.ts",
    from: "return payload && (await this.#isAllowed(id, payload)) ? payload : undefined;",
    to: "return payload;",
    tests: CLIENTS,
  },
  {
    rule: "the policy applies to documents",
    file: "src/authorization-server/provider-configuration.ts",
    from: 'return isAllowed(clients.allow, describe(client.clientId, "document", metadata));',
    to: "return true;",
    tests: CLIENTS,
  },
  {
    rule: "every redirect URI of a registered client must be listed",
    file: "src/authorization-server/clients/client-policy.ts",
    from: "client.redirectUris.every((uri)",
    to: "client.redirectUris.some((uri)",
    tests: POLICY,
  },
  {
    rule: "new clients are limited per address",
    file: "src/authorization-server/clients/registration.ts",
    from: "if (seconds !== undefined) {",
    to: "if (seconds !== undefined && seconds < 0) {",
    tests: CLIENTS,
  },
  {
    rule: "clients are limited in number",
    file: "src/authorization-server/clients/registration.ts",
    from: "if (this.#counted.number >= registration.max) {",
    to: "if (this.#counted.number < 0) {",
    tests: CLIENTS,
  },
  {
    rule: "only public clients share a client id",
    file: "src/authorization-server/clients/registration.ts",
    from: 'return metadata["token_endpoint_auth_method"] === "none"\n    ? sha256',
    to: 'return metadata["token_endpoint_auth_method"] !== undefined\n    ? sha256',
    tests: CLIENTS,
  },
  {
    rule: "an error does not redirect to an unknown client",
    file: "src/authorization-server/clients/error-redirects.ts",
    from: "if (!isKnown && !isSafe(ctx, error)) error.allow_redirect = false;",
    to: "void isKnown;\n    void isSafe;",
    tests: CLIENTS,
  },
  {
    rule: "a consent of another client does not make a redirect safe",
    file: "src/authorization-server/clients/error-redirects.ts",
    from: "session?.authorizations?.[client.clientId]?.grantId !== undefined",
    to: "session?.authorizations !== undefined",
    tests: CLIENTS,
  },
  {
    rule: "a registration cannot ask for tokens without a user",
    file: "src/authorization-server/clients/registration.ts",
    from: 'if ((grants as string[]).includes("client_credentials")) {',
    to: 'if ((grants as string[]).includes("")) {',
    tests: CLIENTS,
  },
  {
    rule: "a service gets only its own scopes",
    file: "src/authorization-server/clients/service-tokens.ts",
    from: "offered.filter((scope) => own.includes(scope))",
    to: "[...offered]",
    tests: SERVICES,
  },
  {
    rule: "a service must name the resource",
    file: "src/authorization-server/provider-configuration.ts",
    from: 'if (isServiceRequest(ctx)) throw new InvalidTarget("resource is required");',
    to: "void ctx;",
    tests: SERVICES,
  },
];
