const CONSENT = ["test/integration/authorization-server/consent.test.ts"];

export default [
  {
    rule: "a navigation that another site started is asked for consent",
    file: "src/authorization-server/people/consent/consent-decision.ts",
    from: 'if (site !== "none" && site !== "same-origin") return "other_site";',
    to: "",
    tests: CONSENT,
  },
  {
    rule: "a browser that does not say who started a navigation is asked for consent",
    file: "src/authorization-server/people/consent/consent-decision.ts",
    from: 'site !== "none" && site',
    to: 'site !== "" && site !== "none" && site',
    tests: CONSENT,
  },
  {
    rule: "a remembered consent is for one redirect host",
    file: "src/authorization-server/people/consent/consent-decision.ts",
    from: 'if (remembered.redirectHost !== redirectHost) return "redirect_host";',
    to: "",
    tests: CONSENT,
  },
  {
    rule: "an application on the device is asked for consent every time",
    file: "src/authorization-server/people/consent/consent-decision.ts",
    from: 'if (isNative) return "native_client";',
    to: "",
    tests: CONSENT,
  },
  {
    rule: "a remembered consent does not answer a request that needed a page",
    file: "src/authorization-server/people/consent/interaction-policy.ts",
    from: "if (oidc.entities.Interaction !== undefined || oidc.deviceCode !== undefined) return true;",
    to: "",
    tests: CONSENT,
  },
  {
    rule: "a decision counts only in the browser in which the request began",
    file: "src/authorization-server/people/consent/interaction-policy.ts",
    from: "if (isBrowser(parts.browsers.idOf(req), browser)) return;",
    to: "return;",
    tests: CONSENT,
  },
  {
    rule: "a page is shown only in the browser in which the request began",
    file: "src/authorization-server/people/interactions/interaction-handler.ts",
    from: "const isSame = isBrowser(browserId, browserOf(details));",
    to: "const isSame = true;",
    tests: CONSENT,
  },
  {
    rule: "a form needs the token of its page",
    file: "src/authorization-server/people/browser/browser-binding.ts",
    from: 'return isSameText(form.get(FORM_TOKEN) ?? "", token);',
    to: "return true;",
    tests: CONSENT,
  },
  {
    rule: "the token of a consent form covers what the page shows",
    file: "src/authorization-server/people/interactions/consent-step.ts",
    from: '["consent", details.uid, details.session?.accountId, shown]',
    to: '["consent", details.uid, details.session?.accountId]',
    tests: CONSENT,
  },
  {
    rule: "another account ends the session of the account before",
    file: "src/authorization-server/people/interactions/sign-in-step.ts",
    from: "await session.destroy();",
    to: "",
    tests: CONSENT,
  },
];
