import { describe, expect, it } from "@jest/globals";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  addTool,
  createProject,
  freeUrl,
  runOwnTests,
  startIssuer,
  startProject,
} from "./support/project.js";
import { asAlice, connectWithOAuth, withoutPerson } from "./support/sdk-flow.js";
import type { Workshop } from "./support/workshop.js";

const SLOW = 120_000;

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
        const server = await startProject(project, url, { OAUTH_ISSUER: issuer.issuer });
        try {
          const { statuses, client } = await connectWithOAuth(url.href, withoutPerson);
          expectRefusedThenServed(statuses);
          expect(await sayHello(client)).toContain("alice says: hello");
          await client.close();
        } finally {
          await server.stop();
          await issuer.close();
        }
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

  describe("the template embedded", () => {
    it(
      "goes from 401 to 200 with a person who signs in at its own server",
      async () => {
        const project = await createProject(workshop, "embedded");
        await runOwnTests(project);
        const url = await freeUrl();
        const issuer = (await freeUrl("")).origin;
        const server = await startProject(project, url, {
          OAUTH_ISSUER: issuer,
          AUTHORIZATION_SERVER: "embedded",
        });
        try {
          const { statuses, client } = await connectWithOAuth(url.href, asAlice);
          expectRefusedThenServed(statuses);
          expect(await sayHello(client)).toContain("alice says: hello");
          await client.close();
        } finally {
          await server.stop();
        }
      },
      SLOW,
    );
  });
}

function expectRefusedThenServed(statuses: readonly number[]): void {
  expect(statuses[0]).toBe(401);
  expect(statuses.slice(1)).toContain(200);
  expect(statuses.slice(1)).not.toContain(401);
}

async function sayHello(client: Client): Promise<string> {
  const { content } = await client.callTool({
    name: "example_tool",
    arguments: { message: "hello" },
  });
  return (content as [{ text: string }])[0].text;
}
