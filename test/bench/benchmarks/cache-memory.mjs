/*
 * What remembering a token costs: heap per token with its claims, and the CPU time of one more
 * when 100,000 are held. The built-in provider remembers introspected tokens only.
 */
import { OAuthAuthProvider as BuiltIn } from "mcp-framework";
import { TokenCache } from "../../../dist/validators/token-cache.js";
import { heapPerToken, insertAt, judgedTokens } from "../lib/cache.mjs";
import { median, us } from "../lib/measure.mjs";
import { quiet } from "../lib/quiet.mjs";
import { row } from "../lib/report.mjs";
import { RESOURCE } from "../lib/tokens.mjs";
import { CACHE_SETTINGS } from "../lib/jwt-settings.mjs";

const HELD = 100_000;
const MORE = 20_000;

/** The built-in provider's cache of introspected tokens, filled without requests. */
async function builtInCache() {
  const provider = new BuiltIn({
    resource: RESOURCE,
    authorizationServers: ["https://auth.example.com"],
    validation: {
      type: "introspection",
      introspection: { endpoint: "http://127.0.0.1:1/", clientId: "c", clientSecret: "s" },
    },
  });
  const { validator } = provider;
  const answerOf = (token) => ({
    active: true,
    ...JSON.parse(Buffer.from(token.split(".")[1], "base64url")),
  });
  validator.introspectToken = async (token) => answerOf(token);
  return {
    validator,
    insert: (token) => validator.validate(token),
    judge: async (token) => answerOf(token),
  };
}

async function measureBuiltIn(tokens) {
  const { validator, insert, judge } = await builtInCache();
  // It looks at all it holds for every insert: filling it so takes minutes.
  validator.cleanupCache = () => undefined;
  const bytes = await heapPerToken(HELD, tokens, insert);
  delete validator.cleanupCache;
  const us = await insertAt(100, tokens, insert, judge);
  validator.cache.clear();
  return { bytes, us };
}

export async function run() {
  quiet();
  const tokens = judgedTokens();
  const builtIn = await measureBuiltIn(tokens);
  const cache = new TokenCache(tokens.validator, { ...CACHE_SETTINGS, maxEntries: HELD });
  const insert = (token) => cache.validate(token);
  const judge = (token) => tokens.validator.validate(token);
  const bytes = await heapPerToken(HELD, tokens, insert);
  const held = cache.size;
  const inserts = [];
  for (let round = 0; round < 5; round++) {
    inserts.push(await insertAt(MORE, tokens, insert, judge));
  }
  const isBounded = cache.size === held && held <= HELD;
  const ours = median(inserts);
  return {
    rows: [
      row({
        what: "memory per cached token, claims included; insert at 100,000 entries",
        builtIn: `${builtIn.bytes.toFixed(0)} B, unbounded; ${us(builtIn.us)}`,
        ours: `${bytes.toFixed(0)} B, ${isBounded ? "bounded" : "not bounded"}; ${us(ours)}`,
        aim: "≤ 900 B, bounded; ≤ 5 µs",
        reached: bytes <= 900 && isBounded && ours <= 5,
      }),
    ],
  };
}
