import { describe, expect, it } from "@jest/globals";
import { CHECKS, GROUPS } from "../../../../src/cli/doctor/catalogue.js";
import { judgeCertificate } from "../../../../src/cli/doctor/checks/connection.js";
import { Findings } from "../../../../src/cli/doctor/finding.js";
import { providerHint } from "../../../../src/cli/doctor/checks/provider-hint.js";
import { createReport, formatReport } from "../../../../src/cli/doctor/report.js";
import { createStyle } from "../../../../src/cli/terminal/style.js";

const plain = createStyle({ isTTY: false }, {});

describe("the doctor's report", () => {
  it("gives each ✗ and ! its fix and clause, and ✓ neither", () => {
    const findings = new Findings();
    findings.fail("pkce", "There is none.");
    findings.warn("registration", "Neither.");
    findings.pass("issuer", "https://issuer.example");
    const report = createReport("https://h/mcp", findings.list());
    expect(report).toMatchObject({ ok: false, counts: { pass: 1, warn: 1, fail: 1, skip: 0 } });
    const text = formatReport(report, plain);
    expect(text).toContain("✗ PKCE with S256 is advertised");
    expect(text).toContain(`fix: ${CHECKS.pkce.fix}`);
    expect(text).toContain(`${CHECKS.pkce.clause} [pkce]`);
    expect(text).toContain("! Clients can register without an administrator");
    expect(text).toMatch(/✓ Its issuer is .* https:\/\/issuer.example/);
    expect(text).not.toContain("[issuer]");
  });

  it("is fine with warnings alone", () => {
    const findings = new Findings();
    findings.warn("registration", "Neither.");
    expect(createReport("https://h/mcp", findings.list()).ok).toBe(true);
  });

  it("counts the worst of a check that looks at several things", () => {
    const findings = new Findings();
    findings.pass("endpoints", "one");
    findings.fail("endpoints", "two");
    findings.pass("endpoints", "three");
    expect(findings.list()).toEqual([{ check: "endpoints", verdict: "fail", detail: "two" }]);
  });

  it("keeps a hostile server's text from the terminal", () => {
    const findings = new Findings();
    findings.fail("issuer", "It says \x1b[2K✓ all good\r\n");
    const text = formatReport(createReport("https://h/mcp", findings.list()), plain);
    expect(text).not.toContain("\x1b");
    expect(text).toContain("\\u{1b}[2K");
  });

  it("has a group, a clause and a fix for every check", () => {
    for (const [id, { group, title, clause, fix }] of Object.entries(CHECKS)) {
      expect({ id, known: Object.hasOwn(GROUPS, group) }).toEqual({ id, known: true });
      expect(title).not.toMatch(/\.$/);
      expect(clause).not.toBe("");
      expect(fix).toMatch(/\.$|[a-z}…"]$/);
    }
  });
});

describe("certificates", () => {
  const judge = (days: number, problem?: string) => {
    const findings = new Findings();
    const report = { protocol: "TLSv1.3", problem, expiresAt: 1_000_000 + days * 86_400 };
    const goesOn = judgeCertificate(findings, report, 1_000_000);
    return [goesOn, findings.get("tls")?.verdict];
  };

  it("are judged by trust and by the days they have left", () => {
    expect(judge(30)).toEqual([true, "pass"]);
    expect(judge(14)).toEqual([true, "pass"]);
    expect(judge(13.9)).toEqual([true, "warn"]);
    expect(judge(30, "DEPTH_ZERO_SELF_SIGNED_CERT")).toEqual([false, "fail"]);
  });
});

describe("hints about authorization servers", () => {
  it.each([
    ["https://tenant.eu.auth0.com/", /Auth0/],
    ["https://login.microsoftonline.com/common/v2.0", /Entra/],
    ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", /Cognito/],
    ["https://accounts.google.com", /Google/],
    ["https://id.example.com/realms/main", /Keycloak/],
    ["https://abc.supabase.co/auth/v1", /Supabase/],
    ["https://github.com/login/oauth", /GitHub/],
    ["https://auth.example.com/application/o/mcp/", /authentik/],
    ["https://acme.fusionauth.io", /FusionAuth/],
    ["https://word-word-1234.customers.stytch.dev", /Stytch/],
    ["https://auth.pingone.eu/a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d/as", /PingOne/],
  ])("know %s", (issuer, words) => {
    expect(providerHint(issuer)?.detail).toMatch(words);
  });

  it("say which facts are unverified", () => {
    expect(providerHint("https://tenant.eu.auth0.com/")?.detail).toMatch(/Unverified: .*`gty`/);
    expect(providerHint("https://github.com/login/oauth")?.detail).not.toMatch(/Unverified/);
  });

  it("say nothing of others", () => {
    for (const issuer of ["https://auth.example.com", "https://auth0.com.evil.example/"]) {
      expect(providerHint(issuer)).toBeUndefined();
    }
  });
});
