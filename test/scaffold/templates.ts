import { describe, expect, it } from "@jest/globals";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AuthorizationServer } from "../../src/authorization-server/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import {
  addTool,
  createProject,
  freeUrl,
  runOwnTests,
  startIssuer,
  startProject,
} from "./support/project.js";
import { asAlice, flow } from "./support/sdk-flow.js";
import { redisTests } from "./redis.js";
import { outcome, startProcess, untilUp, type Workshop } from "./support/workshop.js";

const SLOW = 120_000;
const GATEWAY = join(import.meta.dirname, "support/lambda-gateway.mjs");

/** Every template: created, compiled, its own tests, then 401 → the whole flow → 200. */
export function templateTests(workshop: Workshop): void {
  describe("the template jwt", () => {
    it.each(["--http", "--sse"])(
      "goes from 401 to 200 with %s",
      async (flag) => {
        const project = await createProject(workshop, "jwt", flag);
        await runOwnTests(project);
        const url = await freeUrl(flag === "--sse" ? "/sse" : "/mcp");
        const issuer = await startIssuer({ resource: url.href });
        await serveAlice(project, url, { OAUTH_ISSUER: issuer.issuer }, issuer);
      },
      SLOW,
    );

    it(
      "does without the example, once there is another tool",
      async () => {
        const project = await createProject(workshop, "jwt", "--no-example");
        await addTool(workshop, project, "hello");
        await runOwnTests(project);
      },
      SLOW,
    );
  });

  describe("a project whose packages cannot be installed", () => {
    it(
      "is there all the same, and the message says how to finish it",
      async () => {
        const folder = workshop.folder();
        const args = [workshop.bin, "create", "demo", "--template", "jwt", "--yes"];
        const { status, stdout, stderr } = await outcome(process.execPath, args, folder, {
          npm_config_registry: "http://127.0.0.1:9",
          npm_config_fetch_retries: "0",
        });
        expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
        expect(stderr).toMatch(/finish with: cd demo && npm install && npm run build$/m);
        expect(existsSync(join(folder, "demo/src/index.ts"))).toBe(true);
      },
      SLOW,
    );
  });

  describe("the template embedded", () => {
    it(
      "goes from 401 to 200 with a person who signs in at its own server",
      async () => {
        const project = await createProject(workshop, "embedded");
        await runOwnTests(project);
        const url = await freeUrl();
        const environment = { OAUTH_ISSUER: url.origin, AUTHORIZATION_SERVER: "embedded" };
        const server = await startProject(project, url, environment);
        try {
          await flow(url, asAlice);
        } finally {
          await server.stop();
        }
        expect(existsSync(join(project, "auth.db"))).toBe(true);
        expect(statSync(join(project, ".env")).mode & 0o777).toBe(0o600);
      },
      SLOW,
    );
  });

  describe("the template introspection", () => {
    it(
      "goes from 401 to 200 with opaque tokens",
      async () => {
        const project = await createProject(workshop, "introspection");
        await runOwnTests(project);
        const url = await freeUrl();
        const client = { clientId: "demo-server", clientSecret: "only-for-tests" };
        const issuer = await startIssuer({
          resource: url.href,
          tokenFormat: "opaque",
          introspection: client,
        });
        const environment = {
          OAUTH_ISSUER: issuer.issuer,
          OAUTH_CLIENT_ID: client.clientId,
          OAUTH_CLIENT_SECRET: client.clientSecret,
        };
        const token = await serveAlice(project, url, environment, issuer);
        expect(token).not.toContain(".");
      },
      SLOW,
    );
  });

  describe("the template multi-issuer", () => {
    it(
      "goes from 401 to 200 with tokens of the first issuer",
      async () => {
        const project = await createProject(workshop, "multi-issuer");
        await runOwnTests(project);
        const url = await freeUrl();
        const issuer = await startIssuer({ resource: url.href });
        const partners = createTestIssuer();
        const endpoints = await partners.listen();
        const environment = { OAUTH_ISSUER: issuer.issuer, PARTNER_ISSUER: partners.issuer };
        await serveAlice(project, url, environment, issuer);
        await endpoints.close();
      },
      SLOW,
    );
  });

  describe("the template api-key", () => {
    it(
      "goes from 401 to 200 with tokens, beside keys",
      async () => {
        const project = await createProject(workshop, "api-key");
        await runOwnTests(project);
        const url = await freeUrl();
        const issuer = await startIssuer({ resource: url.href });
        const environment = {
          OAUTH_ISSUER: issuer.issuer,
          API_KEYS_SHA256: `old-client=${"ab".repeat(32)}`,
        };
        await serveAlice(project, url, environment, issuer);
      },
      SLOW,
    );
  });

  redisTests(workshop);

  describe("the template serverless", () => {
    it(
      "goes from 401 to 200 through the Lambda handler",
      async () => {
        const project = await createProject(workshop, "serverless");
        await runOwnTests(project);
        const url = await freeUrl();
        const issuer = await startIssuer({ resource: url.href });
        const gateway = startProcess([GATEWAY, join(project, "dist/lambda.js")], project, {
          PORT: url.port,
          OAUTH_RESOURCE: url.href,
          OAUTH_ISSUER: issuer.issuer,
        });
        await untilUp(url.href, gateway);
        try {
          await flow(url);
        } finally {
          await gateway.stop("SIGKILL");
          await issuer.close();
        }
      },
      SLOW,
    );
  });
}

/** Starts the project, does the flow, and ends both. */
async function serveAlice(
  project: string,
  url: URL,
  environment: NodeJS.ProcessEnv,
  issuer: AuthorizationServer,
): Promise<string> {
  const server = await startProject(project, url, environment);
  try {
    return await flow(url);
  } finally {
    await server.stop();
    await issuer.close();
  }
}
