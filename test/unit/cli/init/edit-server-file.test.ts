import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import ts from "typescript";
import { CliError } from "../../../../src/cli/cli-error.js";
import { editServerFile } from "../../../../src/cli/init/edit-server-file.js";

const edit = (text: string) => editServerFile(ts, "src/index.ts", text);
const OPEN = `import { MCPServer } from "mcp-framework";

const server = new MCPServer({
  transport: {
    type: "http-stream",
    options: {
      port: 8080, // everybody knows it
    },
  },
});

server.start();
`;

describe("the file that starts the server", () => {
  it("gets the provider, its import and its settings", () => {
    const text = edit(OPEN);
    expect(text).toContain('import { OAuthAuthProvider } from "mcp-framework-oauth";');
    expect(text).toContain('if (existsSync(".env")) process.loadEnvFile(".env");');
    expect(text).toContain("      port: 8080, // everybody knows it\n      auth: {\n");
    expectToParse(text);
  });

  it("is not changed a second time", () => {
    expect(edit(edit(OPEN))).toBe(edit(OPEN));
  });

  it.each([
    ["on one line", "options: { port: 8080 }"],
    ["empty", "options: {}"],
    ["without a comma at the end", "options: {\n      port: 8080\n    }"],
    ["with quotes around names", '"options": { "port": 8080 }'],
  ])("gets it where the options are %s", (_, options) => {
    const source = OPEN.replace(/options: \{[^}]*\}/, options);
    const text = edit(source);
    expectToParse(text);
    expect(text).toMatch(/auth: \{\s+provider: new OAuthAuthProvider/);
    expect(edit(text)).toBe(text);
  });

  it("gets it where there are no options", () => {
    const text = edit(OPEN.replace(/,\s+options: \{[^}]*\},/, ","));
    expectToParse(text);
    expect(text).toMatch(/options: \{\s+auth: \{/);
  });

  it("gets it on each of several transports that speak HTTP, and on no other", () => {
    const text = edit(
      `import { MCPServer } from "mcp-framework";\nnew MCPServer({ transports: [` +
        `{ type: "stdio" }, { type: "sse", options: { port: 1 } }, { type: "http-stream" }] });\n`,
    );
    expectToParse(text);
    expect(text.match(/new OAuthAuthProvider/g)).toHaveLength(2);
    expect(text).toContain('{ type: "stdio" }');
  });

  it("keeps line ends as they are", () => {
    const text = edit(OPEN.replaceAll("\n", "\r\n"));
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
  });

  it("takes the built-in provider for ours, under the name it has", () => {
    const text = edit(
      OPEN.replace("{ MCPServer }", "{ OAuthAuthProvider as Provider, MCPServer }").replace(
        "port: 8080,",
        "port: 8080, auth: { provider: new Provider(options), endpoints: { initialize: true, messages: true } },",
      ),
    );
    expect(text).toContain('import { MCPServer } from "mcp-framework";');
    expect(text).toContain('import { OAuthAuthProvider as Provider } from "mcp-framework-oauth";');
    expect(text).toContain("endpoints: { messages: true }");
    expectToParse(text);
    expect(edit(text)).toBe(text);
  });

  it.each([
    ["speaks stdio", 'new MCPServer({ transport: { type: "stdio" } });', /stdio/],
    ["has no transport", "new MCPServer();", /stdio/],
    ["has no server", "const x = 1;", /no "new MCPServer/],
    ["has two servers", "new MCPServer(); new MCPServer();", /more than one/],
    ["has its options elsewhere", "new MCPServer(options);", /not written out/],
    ["has its transport elsewhere", "new MCPServer({ transport });", /not written out/],
    [
      "spreads options",
      "new MCPServer({ transport: { type: 'sse', options: { ...o } } });",
      /not w/,
    ],
    [
      "has another authentication",
      "new MCPServer({ transport: { type: 'sse', options: { auth: { provider: new APIKeyAuthProvider(k) } } } });",
      /already has an authentication/,
    ],
  ])("is refused where it %s", (_, text, reason) => {
    expect(() => edit(text)).toThrow(CliError);
    expect(() => edit(text)).toThrow(reason);
  });

  it("is refused with a message or edited, with any content", () => {
    fc.assert(
      fc.property(fc.nat(OPEN.length), fc.string({ maxLength: 8 }), (at, put) => {
        try {
          edit(OPEN.slice(0, at) + put + OPEN.slice(at + put.length));
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function expectToParse(text: string): void {
  const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
}
