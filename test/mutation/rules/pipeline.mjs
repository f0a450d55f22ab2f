const tests = ["test/unit/gate/pipeline.test.ts"];
const file = "src/gate/pipeline.ts";

export default [
  {
    rule: "Host and Origin are checked before the health page",
    file,
    from: "  checkHost,\n  checkOrigin,\n  answerHealth,\n",
    to: "  answerHealth,\n  checkHost,\n  checkOrigin,\n",
    tests,
  },
  {
    rule: "a request is authenticated before its body is read",
    file,
    from: "  identify,\n  readMessage,\n",
    to: "  readMessage,\n  identify,\n",
    tests,
  },
  {
    rule: "what a request opens is known before the last look for a revocation",
    file,
    from: "  openSession,\n  confirm,\n",
    to: "  confirm,\n  openSession,\n",
    tests,
  },
  {
    rule: "a refused request never takes over a session",
    file,
    from: "  authorize,\n  limitRequests,\n  openSession,\n  confirm,\n  claimSession,\n",
    to: "  claimSession,\n  authorize,\n  limitRequests,\n  openSession,\n  confirm,\n",
    tests,
  },
  {
    rule: "a bare call without a credential is refused, even if a part is public",
    file,
    from: "if (authentication === undefined && host.credentialRequired) {",
    to: "if (false) {",
    tests,
  },
  {
    rule: "a bare call takes the limits and the last look for a revocation as well",
    file,
    from: "STEPS.slice(STEPS.indexOf(checkConnection))",
    to: "STEPS.slice(STEPS.indexOf(identify), STEPS.indexOf(confirm))",
    tests,
  },
];
