import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createDPoPClient, createTestIssuer } from "../../src/testing/index.js";
import { makeCertificate, type TestCertificate } from "../support/certificates.js";
import { describeWith } from "../support/describe-with.js";
import { INITIALIZE } from "../support/initialize.js";
import { NGINX, startNginx, type Nginx } from "../support/nginx.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";
import {
  createProject,
  freeUrl,
  runOwnTests,
  startIssuer,
  startProject,
} from "./support/project.js";
import { flow } from "./support/sdk-flow.js";
import { freePort, type RunningProcess, type Workshop } from "./support/workshop.js";

// It comes without types.
const { load } = createRequire(import.meta.url)("js-yaml");

const SLOW = 120_000;
const PUBLIC = "https://mcp.example.com/mcp";
const HTTP = "listen 80;";
const TLS = [
  "# listen 443 ssl;",
  "# ssl_certificate /etc/nginx/cert.pem;",
  "# ssl_certificate_key /etc/nginx/key.pem;",
];

/**
 * Both processes of `compose.yaml`, with the environment it gives them, a real
 * Redis, and a real nginx with the template's configuration; only addresses are
 * those of this machine.
 */
export function redisTests(workshop: Workshop): void {
  describeWithRedis("the template redis", () => {
    describeWith(NGINX, "behind nginx", () => behindNginx(workshop));
  });
}

function behindNginx(workshop: Workshop): void {
  let certificate: TestCertificate;
  let project: string;
  let redis: RedisServer;
  let started: RunningProcess[] = [];

  beforeAll(async () => {
    certificate = makeCertificate("localhost");
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

  /** nginx in front of both, as the template configures it: on HTTP, or with its lines for TLS. */
  async function startProxy(servers: readonly URL[], port: number, tls = false): Promise<Nginx> {
    let text = readFileSync(join(project, "nginx.conf"), "utf8");
    const put = (from: string, to: string) => {
      expect(text.split(from)).toHaveLength(2);
      text = text.replace(from, to);
    };
    // Clients on this machine may do without TLS: tests say in a header where they are instead.
    const elsewhere = "set_real_ip_from 127.0.0.1; real_ip_header X-Client;";
    put("http {", `http { access_log off; ${elsewhere}`);
    for (const [index, { port: at }] of servers.entries()) {
      put(`server-${index + 1}:8080`, `127.0.0.1:${at}`);
    }
    if (!tls) {
      put(HTTP, `listen 127.0.0.1:${port};`);
      return startNginx(text, port);
    }
    put(HTTP, "");
    for (const line of TLS) put(line, line.slice(2).replace("/etc/nginx/", "@/"));
    put("listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`);
    return startNginx(text, port, { "cert.pem": certificate.cert, "key.pem": certificate.key });
  }

  it(
    "goes from 401 to 200",
    async () => {
      const address = await freeUrl();
      const issuer = await startIssuer({ resource: address.href });
      let proxy: Nginx | undefined;
      try {
        const env = {
          OAUTH_RESOURCE: address.href,
          OAUTH_ISSUER: issuer.issuer,
          OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: "issuer,resource",
        };
        proxy = await startProxy(await startBoth(env), Number(address.port));
        await flow(address);
      } finally {
        await proxy?.stop();
        await stopBoth();
        await issuer.close();
      }
    },
    SLOW,
  );

  it(
    "accepts a proof once across processes, and responds over TLS only, even if a client claims otherwise",
    async () => {
      const issuer = createTestIssuer({ resource: PUBLIC });
      const endpoints = await issuer.listen();
      const client = createDPoPClient();
      const token = await issuer.sign({ scope: "example:use", cnf: { jkt: client.jkt } });
      const prove = () => client.proof({ method: "POST", url: PUBLIC, accessToken: token });
      const [tlsPort, plainPort] = [await freePort(), await freePort()];
      const proxies: Nginx[] = [];

      /** Status of the answer to one at this address. */
      const initialize = (
        port: number,
        dpop: string,
        from = "203.0.113.1",
        headers: Readonly<Record<string, string>> = {},
      ): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const options = {
            ...{ host: "127.0.0.1", port, path: "/mcp", method: "POST" },
            ...{ ca: certificate.cert, servername: "localhost" },
            headers: {
              host: "mcp.example.com",
              "x-client": from,
              authorization: `DPoP ${token}`,
              dpop,
              "content-type": "application/json",
              accept: "application/json, text/event-stream",
              ...headers,
            },
          };
          const request = port === tlsPort ? tlsRequest(options) : plainRequest(options);
          request.on("error", reject);
          request.on("response", (response) => {
            resolve(response.statusCode);
            response.destroy();
          });
          request.end(JSON.stringify(INITIALIZE));
        });

      try {
        const servers = await startBoth({
          OAUTH_RESOURCE: PUBLIC,
          OAUTH_ISSUER: issuer.issuer,
          OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: "issuer",
        });
        proxies.push(await startProxy(servers, tlsPort, true));
        proxies.push(await startProxy(servers, plainPort));

        const proof = await prove();
        expect(await initialize(tlsPort, proof)).toBe(200);
        // The address decides which process it is.
        for (let last = 2; last < 10; last++) {
          const from = `203.0.113.${last}`;
          expect(await initialize(tlsPort, proof, from)).toBe(401);
          expect(await initialize(tlsPort, await prove(), from)).toBe(200);
        }
        const claim = { forwarded: "for=127.0.0.1;proto=http" };
        expect(await initialize(tlsPort, await prove(), "203.0.113.1", claim)).toBe(200);
        for (const headers of [
          {},
          { "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1" },
          { forwarded: "for=127.0.0.1;proto=https" },
        ]) {
          expect(await initialize(plainPort, await prove(), "203.0.113.1", headers)).toBe(403);
        }
      } finally {
        await Promise.all(proxies.map((proxy) => proxy.stop()));
        await stopBoth();
        await endpoints.close();
      }
    },
    SLOW,
  );
}
