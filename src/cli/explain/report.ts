import type { Style } from "../terminal/style.js";
import type { Explanation } from "./explain-token.js";
import { inWords } from "./words.js";

/** The JSON form. Never contains the token or its signature. */
export function explanationJson(explanation: Explanation): object {
  const { verdict, reason, likely, token, checks, notes } = explanation;
  return {
    accepted: verdict === "accepted",
    verdict,
    ...(reason !== undefined && { reason }),
    ...(likely !== undefined && { cause: likely.cause, cure: likely.cure }),
    form: token.form,
    ...(token.header !== undefined && { header: token.header }),
    ...(token.claims !== undefined && { claims: token.claims }),
    checks,
    notes,
  };
}

const SIGNS = { ok: "✓", failed: "✗", unknown: "–" } as const;

/** The text form: the verdict and its cause on top. */
export function formatExplanation(explanation: Explanation, style: Style, now: number): string {
  const { verdict, reason, likely, token, checks, notes } = explanation;
  const lines = [
    verdict === "accepted"
      ? style.good("✓ This server accepts the token.")
      : verdict === "refused"
        ? style.bad(`✗ This server refuses the token: ${reason ?? ""}`)
        : style.warning(
            `! This server cannot validate the token now, and answers 503: ${reason ?? ""}`,
          ),
  ];
  if (likely !== undefined) {
    lines.push(`  ${likely.cause}`, `  ${style.code("fix:")} ${likely.cure}`);
  }
  for (const note of notes) lines.push(`  ${style.warning("!")} ${note}`);

  const paint = { ok: style.good, failed: style.bad, unknown: style.quiet };
  const order = { failed: 0, unknown: 1, ok: 2 };
  // The sort is stable, so the order of the validator's checks is kept.
  const sorted = [...checks].sort((a, b) => order[a.result] - order[b.result]);
  if (sorted.length > 0) lines.push("", style.heading("Checks"));
  for (const { name, result, reason: why } of sorted) {
    lines.push(`  ${paint[result](SIGNS[result])} ${name}${why === undefined ? "" : `  ${why}`}`);
  }
  return [...lines, ...formatToken(token, style, now)].join("\n");
}

/** Header and claims in plain words. */
export function formatToken(
  { form, header, claims }: Explanation["token"],
  style: Style,
  now: number,
): string[] {
  if (form === "opaque") return ["", "The token is opaque: it cannot be decoded."];
  return [
    ...section("Header", header, style, now),
    ...(form === "encrypted"
      ? ["", "The claims are encrypted."]
      : section("Claims, as the token has them", claims, style, now)),
  ];
}

function section(
  title: string,
  members: Readonly<Record<string, unknown>> | undefined,
  style: Style,
  now: number,
): string[] {
  if (members === undefined) return ["", style.heading(title), "  They cannot be read."];
  const rows = Object.entries(members).map(([name, value]) => inWords(name, value, now));
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return [
    "",
    style.heading(title),
    ...rows.map(([label, text]) => `  ${style.quiet(label.padEnd(width))}  ${text}`),
  ];
}
