import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createDPoPClient, createTestIssuer } from "../../src/testing/index.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";
import {
  createProject,
  freeUrl,
  runOwnTests,
  startIssuer,
  startProject,
} from "./support/project.js";
import { flow } from "./support/sdk-flow.js";
import type { RunningProcess, Workshop } from "./support/workshop.js";

// It comes without types.
const { load } = createRequire(import.meta.url)("js-yaml");

const SLOW = 120_000;
const PUBLIC = "https://mcp.example.com/mcp";

/**
 * Both processes of `compose.yaml`, with the environment it gives them, and a
 * real Redis; the headers of `nginx.conf` are set by a proxy made here.
 */
export function redisTests(workshop: Workshop): void {
  describeWithRedis("the template redis", () => {
    let project: string;
    let redis: RedisServer;
    let started: RunningProcess[] = [];

    beforeAll(async () => {
      redis = await startRedisServer();
      project = await createProject(workshop, "redis");
      await runOwnTests(project);
    }, SLOW);
    afterAll(async () => {
      await redis?.stop();
    });

    /** The two services of the Compose file. Here Redis and the proxy are on this machine. */
    async function startBoth(env: NodeJS.ProcessEnv): Promise<URL[]> {
      const { services } = load(readFileSync(join(project, "compose.yaml"), "utf8"));
      return Promise.all(
        ["server-1", "server-2"].map(async (name) => {
          const url = await freeUrl();
          const { environment } = services[name];
          expect(environment).toMatchObject({
            NODE_ENV: "production",
            OAUTH_REDIS_URL: expect.stringMatching(/^redis:/),
            OAUTH_TRUSTED_PROXIES: "private",
          });
          const here = {
            ...environment,
            PORT: url.port,
            HOST: "127.0.0.1",
            OAUTH_REDIS_URL: redis.url,
            OAUTH_TRUSTED_PROXIES: "loopback",
            ...env,
          };
          started.push(await startProject(project, url, here));
          return url;
        }),
      );
    }

    async function stopBoth(): Promise<void> {
      await Promise.all(started.map((server) => server.stop()));
      started = [];
    }

    /** What nginx makes of a request's headers. */
    function proxied(
      headers: IncomingHttpHeaders,
      values: { readonly $scheme: string; readonly $remote_addr: string },
    ): IncomingHttpHeaders {
      const nginx = readFileSync(join(project, "nginx.conf"), "utf8");
      const all: Record<string, string | undefined> = { ...values, $http_host: headers.host };
      const made = { ...headers };
      for (const [, name = "", text = ""] of nginx.matchAll(
        /^\s*proxy_set_header (\S+) (.+);$/gm,
      )) {
        const value = text === '""' ? undefined : all[text];
        if (value === undefined) delete made[name.toLowerCase()];
        else made[name.toLowerCase()] = value;
      }
      return made;
    }

    it(
      "goes from 401 to 200 through the proxy",
      async () => {
        const front = createServer();
        front.listen(0, "127.0.0.1");
        await once(front, "listening");
        const address = new URL(`http://localhost:${(front.address() as AddressInfo).port}/mcp`);
        const issuer = await startIssuer({ resource: address.href });
        try {
          const [first] = await startBoth({
            OAUTH_RESOURCE: address.href,
            OAUTH_ISSUER: issuer.issuer,
          });
          // One client is always sent to one process.
          front.on("request", (req, res) => {
            const headers = proxied(req.headers, { $scheme: "http", $remote_addr: "127.0.0.1" });
            const target = new URL(req.url ?? "/", first);
            const onward = request(target, { method: req.method, headers, family: 4 });
            onward.on("response", (answer) => {
              res.writeHead(answer.statusCode ?? 502, answer.headers);
              answer.pipe(res);
            });
            onward.on("error", () => res.destroy());
            req.pipe(onward);
          });
          await flow(address);
        } finally {
          await stopBoth();
          front.closeAllConnections();
          front.close();
          await issuer.close();
        }
      },
      SLOW,
    );

    it(
      "has processes that know of each other's proofs, and answer over TLS only",
      async () => {
        const issuer = createTestIssuer({ resource: PUBLIC });
        const endpoints = await issuer.listen();
        const client = createDPoPClient();
        const token = await issuer.sign({ scope: "example:use", cnf: { jkt: client.jkt } });
        const prove = () => client.proof({ method: "POST", url: PUBLIC, accessToken: token });
        try {
          const [one, other] = (await startBoth({
            OAUTH_RESOURCE: PUBLIC,
            OAUTH_ISSUER: issuer.issuer,
          })) as [URL, URL];
          const initialize = async (url: URL, proof: string, $scheme = "https") => {
            const headers = proxied(
              {
                host: "mcp.example.com",
                authorization: `DPoP ${token}`,
                dpop: proof,
                "content-type": "application/json",
                accept: "application/json, text/event-stream",
              },
              { $scheme, $remote_addr: "203.0.113.7" },
            );
            delete headers.host;
            const response = await fetch(url, {
              method: "POST",
              headers: headers as Record<string, string>,
              body: JSON.stringify({
                jsonrpc: "2.0",
                id: 1,
                method: "initialize",
                params: {
                  protocolVersion: "2025-06-18",
                  capabilities: {},
                  clientInfo: { name: "test", version: "1" },
                },
              }),
            });
            await response.body?.cancel();
            return response.status;
          };
          const proof = await prove();
          expect(await initialize(one, proof)).toBe(200);
          expect(await initialize(other, proof)).toBe(401);
          expect(await initialize(other, await prove())).toBe(200);
          expect(await initialize(one, await prove(), "http")).toBe(403);
        } finally {
          await stopBoth();
          await endpoints.close();
        }
      },
      SLOW,
    );
  });
}
