import { describe, expect, it } from "@jest/globals";
import {
  makeCreatePlan,
  type CreateOptions,
  type CreateQuestions,
} from "../../../../src/cli/scaffold/create-plan.js";

const inAPipe = (options: CreateOptions, name: string | undefined = "demo") =>
  makeCreatePlan(name, options, undefined);

describe("what create makes, in a pipe", () => {
  it("takes the defaults with --yes", async () => {
    expect(await inAPipe({ yes: true })).toMatchObject({
      template: "embedded",
      transport: "http-stream",
      port: 8080,
      resource: "http://localhost:8080/mcp",
      issuer: "http://localhost:8080",
      isConfigured: true,
    });
  });

  it.each<[string, CreateOptions, string]>([
    ["auth0", { provider: "auth0", yes: true }, "jwt"],
    ["zitadel, whose tokens are opaque", { provider: "zitadel", yes: true }, "introspection"],
    ["opaque tokens", { token: "introspection", yes: true }, "introspection"],
    ["a template", { template: "redis", yes: true }, "redis"],
    ["an issuer", { issuer: "https://auth.example.com" }, "jwt"],
  ])("starts for %s from a template that fits", async (_, options, template) => {
    expect(await inAPipe(options)).toMatchObject({ template });
  });

  it("has the address of the chosen transport and port", async () => {
    expect(await inAPipe({ yes: true, sse: true, port: 3000 })).toMatchObject({
      transport: "sse",
      resource: "http://localhost:3000/sse",
    });
  });

  it("is configured only with a given issuer", async () => {
    expect(await inAPipe({ provider: "okta", yes: true })).toMatchObject({ isConfigured: false });
    const issuer = "https://acme.okta.com/oauth2/default";
    expect(await inAPipe({ provider: "okta", issuer })).toMatchObject({
      isConfigured: true,
      issuer,
    });
  });

  it.each<[string, CreateOptions, RegExp]>([
    ["the provider", {}, /--provider/],
    ["the issuer", { provider: "auth0" }, /--issuer/],
  ])("asks nothing: without %s the error names the flag", async (_, options, flag) => {
    await expect(inAPipe(options).catch(textOf)).resolves.toMatch(flag);
  });

  it("needs a name", async () => {
    await expect(makeCreatePlan(undefined, { yes: true }, undefined)).rejects.toThrow(/name/);
  });

  it.each(["../evil", "My Server", "-x", "a/b", "", "a;b"])(
    "refuses %j as a name: it becomes a folder",
    async (name) => {
      await expect(inAPipe({ yes: true }, name)).rejects.toThrow(/lowercase/);
    },
  );

  it.each<[string, CreateOptions, RegExp]>([
    ["both transports", { http: true, sse: true }, /--sse/],
    ["SSE on Lambda", { template: "serverless", sse: true, yes: true }, /serverless/],
    [
      "opaque tokens of the embedded server",
      { provider: "embedded", token: "introspection" },
      /JWT/,
    ],
    ["an issuer without https", { issuer: "http://auth.example.com" }, /https/],
    ["a provider that does not exist", { provider: "auth1" }, /auth0/],
    ["an invalid port", { port: 70_000 }, /--port/],
    ["no OAuth", { oauth: false }, /OAuth/],
  ])("refuses %s", async (_, options, reason) => {
    await expect(inAPipe(options).catch(textOf)).resolves.toMatch(reason);
  });
});

describe("what create makes, at a terminal", () => {
  it("asks for what was not said, and for nothing else", async () => {
    const asked: string[] = [];
    const answer = (what: string, value: string) => () => {
      asked.push(what);
      return Promise.resolve(value);
    };
    const questions: CreateQuestions = {
      name: answer("name", "demo"),
      provider: answer("provider", "auth0"),
      issuer: answer("issuer", "https://acme.auth0.com/"),
      resource: answer("resource", "https://mcp.example.com/mcp"),
    };
    const plan = await makeCreatePlan("demo", {}, questions);
    expect(asked).toEqual(["provider", "issuer", "resource"]);
    expect(plan).toMatchObject({
      template: "jwt",
      issuer: "https://acme.auth0.com/",
      resource: "https://mcp.example.com/mcp",
      isConfigured: true,
    });
  });
});

function textOf(error: unknown): string {
  const { message, cure = "" } = error as { message: string; cure?: string };
  return `${message} ${cure}`;
}
