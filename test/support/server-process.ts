import {
  OAuthAuthProvider,
  type OAuthAuthProviderOptions,
  type Revocation,
} from "../../src/index.js";
import { createRedisStore } from "../../src/redis.js";
import { startServer } from "./mcp-server.js";
import { WhoAmI } from "./tools.js";

/*
 * One server process of several, started by `server-processes.ts`: takes its
 * options from the first argument and its orders from its parent.
 */

export interface ProcessOptions {
  readonly redisUrl: string;
  readonly provider: Omit<OAuthAuthProviderOptions, "store">;
}

export type Order = { readonly revoke: Revocation };
export type Report =
  { readonly port: number } | { readonly done: true } | { readonly failed: string };

const { redisUrl, provider: options } = JSON.parse(process.argv[2] ?? "") as ProcessOptions;
const store = await createRedisStore(redisUrl, { commandTimeoutMs: 10_000 });
const provider = new OAuthAuthProvider({ ...options, store });
const running = await startServer({ transport: "http-stream batch", provider, tools: [WhoAmI] });

const report = (message: Report) => process.send?.(message);
process.on("message", ({ revoke }: Order) => {
  provider.revoke(revoke).then(
    () => report({ done: true }),
    (error: unknown) => report({ failed: String(error) }),
  );
});
// The parent process is gone.
process.on("disconnect", () => process.exit());
report({ port: running.port });
