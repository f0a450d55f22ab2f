import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import ts from "typescript";
import { ERROR_CODE_SECTIONS, ERROR_CODES } from "../../../../src/core/error-codes/error-codes.js";
import {
  ForbiddenError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  ConfigurationError,
  RateLimitedError,
  SessionNotFoundError,
  UnavailableError,
} from "../../../../src/core/errors.js";
import {
  describeReason,
  REASON_SECTIONS,
  reasonRow,
  REASONS,
} from "../../../../src/core/reasons/reasons.js";
import { renderErrorsPage, renderReasonsPage } from "../../../support/reason-documents.js";

/** `npm run docs:reasons` writes what the other runs compare. */
const isWriting = process.env["WRITE_DOCS"] === "1";
const root = new URL("../../../../", import.meta.url);
const TABLES = /^core\/(reasons|error-codes)/;

/** Texts in the code outside the tables; `…` replaces the values that a template inserts. */
function textsOfTheCode(): ReadonlySet<string> {
  const texts = new Set<string>();
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts") && !TABLES.test(name))) {
    const text = readFileSync(new URL(`src/${file}`, root), "utf8");
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) texts.add(node.text);
      if (ts.isTemplateExpression(node)) {
        texts.add([node.head.text, ...node.templateSpans.map((s) => s.literal.text)].join("…"));
      }
      node.forEachChild(visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  }
  return texts;
}

const texts = textsOfTheCode();

describe("the tables of reasons and error codes", () => {
  it.each([
    ["docs/reference/reasons.md", renderReasonsPage],
    ["docs/reference/errors.md", renderErrorsPage],
  ])("are what %s says (if not: npm run docs:reasons)", async (path, render) => {
    const text = await render();
    if (isWriting) writeFileSync(new URL(path, root), text);
    expect(readFileSync(new URL(path, root), "utf8")).toBe(text);
  });

  it("have one row for each name", () => {
    const reasons = REASON_SECTIONS.flatMap((section) => Object.keys(section.reasons));
    const codes = ERROR_CODE_SECTIONS.flatMap((section) => Object.keys(section.codes));
    expect(reasons.sort()).toEqual(Object.keys(REASONS).sort());
    expect(codes.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it("say in sentences what is wrong and how to fix it", () => {
    const sentence = /^["`A-Z(].*[.`]$/;
    const odd = [...Object.entries(REASONS), ...Object.entries(ERROR_CODES)].filter(
      ([, { meaning, cure }]) => !sentence.test(meaning) || !sentence.test(cure),
    );
    expect(odd).toEqual([]);
  });
});

describe("a reason", () => {
  it("with a row is given by the code", () => {
    // The gate writes these two for each of its upstreams.
    const isUsed = (name: string) =>
      texts.has(name) ||
      (/_(paused|overloaded)$/.test(name) && texts.has(name.replace(/^.*_/, "…_")));
    expect(Object.keys(REASONS).filter((name) => !isUsed(name))).toEqual([]);
  });

  it("without a row does not compile, nor does one of another status", () => {
    // `npm run typecheck` fails on an expectation that is not met.
    const refused = [
      // @ts-expect-error no row
      new InvalidTokenError("no_such_reason"),
      // @ts-expect-error no row with this prefix
      new UnavailableError("introspection_sometimes"),
      // @ts-expect-error 403
      new InvalidTokenError("not_authorized"),
      // @ts-expect-error 401
      new InsufficientScopeError("expired", []),
      // @ts-expect-error 401
      new UnavailableError("expired"),
      // @ts-expect-error 503
      new RateLimitedError("too_many_waiting"),
      // @ts-expect-error no code
      new ConfigurationError("ERR_OAUTH_NO_SUCH_CODE", ""),
    ];
    const accepted = [
      new InvalidTokenError("expired"),
      new InvalidTokenError("claim_mismatch_tenant"),
      new InvalidTokenError("custom_user_locked"),
      new UnavailableError("introspection_http_502"),
      new ConfigurationError("ERR_OAUTH_RESOURCE", ""),
    ];
    expect([refused.length, accepted.length]).toEqual([7, 5]);
  });

  it("cannot come from a cast", () => {
    const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
    const casts = files.filter(
      (file) =>
        file.endsWith(".ts") &&
        /\bas (Reason|ReasonOf|ErrorCode)\b/.test(
          readFileSync(new URL(`src/${file}`, root), "utf8"),
        ),
    );
    expect(casts).toEqual([]);
  });

  it("has the status of its class", () => {
    const errors = [
      new InvalidRequestError("credential_repeated"),
      new InvalidTokenError("expired"),
      new ForbiddenError("https_required"),
      new SessionNotFoundError("session_not_found"),
      new RateLimitedError("too_many_sessions"),
      new UnavailableError("store_timeout"),
    ];
    for (const { reason, status } of errors) {
      expect([reason, reasonRow(reason)?.status]).toEqual([reason, status]);
    }
  });

  it("is found by its name, or by the row of its family", () => {
    expect(reasonRow("introspection_malformed_active")).toBe(
      REASONS.introspection_malformed_active,
    );
    expect(reasonRow("introspection_malformed_exp")).toBe(REASONS["introspection_malformed_…"]);
    expect(reasonRow("claim_mismatch_tenant")).toBe(REASONS["claim_mismatch_…"]);
    expect(reasonRow("custom_user_locked")).toBeUndefined();
    expect(reasonRow("toString")).toBeUndefined();
  });
});

describe("the description of a reason", () => {
  it("is plain text, and has the name that the reason ends in", () => {
    expect(describeReason("claim_mismatch_tenant")?.meaning).toBe(
      "The claim tenant does not have the value that validation.equals requires.",
    );
    expect(describeReason("introspection_http_502")?.meaning).toMatch(/the status 502\.$/);
    expect(describeReason("claim_mismatch_$&")?.meaning).toMatch(/^The claim \$& does not/);
    expect(describeReason("custom_user_locked")).toBeUndefined();
    for (const reason of Object.keys(REASONS).filter((name) => !name.endsWith("…"))) {
      expect(JSON.stringify(describeReason(reason))).not.toMatch(/[`…]/);
    }
  });
});

describe("an error code", () => {
  it("with a row is thrown by the code", () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !texts.has(code))).toEqual([]);
  });

  it("that the documentation mentions has a row", () => {
    const pages = readdirSync(new URL("docs/", root), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .map((path) => readFileSync(new URL(`docs/${path}`, root), "utf8"));
    const mentioned = pages.flatMap((text) => text.match(/ERR_OAUTH_[A-Z0-9_]+/g) ?? []);
    expect(mentioned.length).toBeGreaterThan(Object.keys(ERROR_CODES).length);
    expect(mentioned.filter((code) => !Object.hasOwn(ERROR_CODES, code))).toEqual([]);
  });
});
