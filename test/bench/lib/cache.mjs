/* Tokens that cost nothing to verify, so that only remembering them is measured. */
import { randomUUID } from "node:crypto";
import { toAccessToken } from "../../../dist/validators/claims.js";
import { ISSUER, RESOURCE } from "./tokens.mjs";

/** An endless supply, and a validator that believes each of them. Every token has claims of its own, parsed from text. */
export function judgedTokens() {
  const now = Math.floor(Date.now() / 1000);
  let payload = "";
  return {
    next() {
      const jti = randomUUID();
      payload = JSON.stringify({
        iss: ISSUER,
        aud: RESOURCE,
        sub: `user-${randomUUID()}`,
        client_id: "https://client.example.com/oauth/metadata.json",
        scope: "mcp:read mcp:write",
        iat: now,
        exp: now + 7200,
        jti,
      });
      return { text: `token-${jti}`, payload };
    },
    validator: {
      // As JwtValidator ends. The payload is that of the last `next()`.
      validate: () => Promise.resolve(toAccessToken(JSON.parse(payload))),
    },
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

/** CPU microseconds for inserting one more, without what making and judging it costs. */
export async function insertAt(count, tokens, insert) {
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  let startedAt = cpu();
  for (let i = 0; i < count; i++) {
    tokens.next();
    await tokens.validator.validate();
  }
  const alone = cpu() - startedAt;
  startedAt = cpu();
  for (let i = 0; i < count; i++) await insert(tokens.next());
  return Math.max(0, cpu() - startedAt - alone) / count;
}
