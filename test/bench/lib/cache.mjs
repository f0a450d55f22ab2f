/* Tokens and the cache that remembers them. HS256: of all signatures the one that hides least of the rest. */
import { JwtValidator } from "../../../dist/validators/jwt-validator.js";
import { StaticKeys } from "../../../dist/keys/static-keys.js";
import { ISSUER, makeKey, makeToken, RESOURCE } from "./tokens.mjs";
import { JWT_SETTINGS } from "./jwt-settings.mjs";

/** An endless supply of tokens, each with claims of its own, and the validator that knows their key. */
export function judgedTokens() {
  const key = makeKey("HS256");
  return {
    next: () => makeToken(key),
    validator: new JwtValidator({
      ...JWT_SETTINGS,
      issuer: ISSUER,
      audience: [RESOURCE],
      algorithms: ["HS256"],
      keys: StaticKeys.fromSecret(key.publicKey, ["HS256"]),
    }),
  };
}

function heapUsed() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Bytes of heap that each of `count` tokens holds once it is inserted. */
export async function heapPerToken(count, tokens, insert) {
  const before = heapUsed();
  for (let i = 0; i < count; i++) await insert(tokens.next());
  return (heapUsed() - before) / count;
}

/** CPU microseconds for inserting one more, without what judging it costs. */
export async function insertAt(count, tokens, insert, judge) {
  const time = async (call) => {
    const texts = Array.from({ length: count }, tokens.next);
    const { user, system } = process.cpuUsage();
    for (const text of texts) await call(text);
    const after = process.cpuUsage({ user, system });
    return (after.user + after.system) / count;
  };
  const alone = await time(judge);
  return Math.max(0, (await time(insert)) - alone);
}
