import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  checkMirroredHeaders,
  hasMirroredHeaders,
} from "../../../src/messages/mirrored-headers.js";
import { parseOperations } from "../../../src/messages/operation.js";

const SCHEMA = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
    dry: { type: "boolean", "x-mcp-header": "Dry" },
    deep: { type: "object", properties: { id: { type: "string", "x-mcp-header": "Deep-Id" } } },
    plain: { type: "string" },
  },
};
const request = (method: string, params: object) => ({ jsonrpc: "2.0", id: 1, method, params });
const call = (args: object = {}, name = "t") => request("tools/call", { name, arguments: args });
const base64 = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;

function verdict(headers: Record<string, string>, body: unknown): string {
  try {
    checkMirroredHeaders(headers, parseOperations(body), (name) => (name === "t" ? [SCHEMA] : []));
    return "ok";
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

describe("a header that mirrors the body (mcp-header-match)", () => {
  it.each<[string, Record<string, string>, unknown]>([
    ["the method", { "mcp-method": "tools/list" }, request("tools/list", {})],
    ["the tool", { "mcp-method": "tools/call", "mcp-name": "t" }, call()],
    ["the prompt", { "mcp-name": "p" }, request("prompts/get", { name: "p" })],
    ["the resource", { "mcp-name": "a://b" }, request("resources/read", { uri: "a://b" })],
    ["the task", { "mcp-name": "7" }, request("tasks/get", { taskId: "7" })],
    ["an encoded name", { "mcp-name": base64("wörter ") }, call({}, "wörter ")],
    [
      "a name that looks encoded",
      { "mcp-name": base64("=?base64?eA==?=") },
      call({}, "=?base64?eA==?="),
    ],
    ["nothing that the body names", { "mcp-name": "t" }, request("tools/list", {})],
    ["a text argument", { "mcp-param-region": "eu" }, call({ region: "eu" })],
    ["an encoded argument", { "mcp-param-region": base64("été") }, call({ region: "été" })],
    ["an empty argument", { "mcp-param-region": base64("") }, call({ region: "" })],
    ["a number", { "mcp-param-count": "42" }, call({ count: 42 })],
    ["a number, written otherwise", { "mcp-param-count": "42.0" }, call({ count: 42 })],
    ["a boolean", { "mcp-param-dry": "false" }, call({ dry: false })],
    ["a nested argument", { "mcp-param-deep-id": "x" }, call({ deep: { id: "x" } })],
    ["what no tool declares", { "mcp-param-other": "x" }, call({ other: "y" })],
    ["what another tool declares", { "mcp-param-region": "x" }, call({ region: "y" }, "u")],
  ])("agrees: %s", (_, headers, body) => {
    expect(verdict(headers, body)).toBe("ok");
  });

  it.each<[string, Record<string, string>, unknown]>([
    ["another method", { "mcp-method": "tools/list" }, call()],
    ["another case of the method", { "mcp-method": "Tools/Call" }, call()],
    ["two methods", { "mcp-method": "tools/call, tools/call" }, call()],
    ["a method, to an answer", { "mcp-method": "ping" }, { jsonrpc: "2.0", id: 1, result: {} }],
    ["one method of a batch", { "mcp-method": "tools/call" }, [call(), request("ping", {})]],
    ["another tool", { "mcp-name": "u" }, call()],
    ["another case of the tool", { "mcp-name": "T" }, call()],
    ["one tool of a batch", { "mcp-name": "t" }, [call(), call({}, "u")]],
    ["another tool, encoded", { "mcp-name": base64("u") }, call()],
    ["an invalid encoding", { "mcp-name": "=?base64?dA=?=" }, call()],
    ["an encoding of no text", { "mcp-name": "=?base64?/w==?=" }, call({}, "\ufffd")],
    ["another argument", { "mcp-param-region": "us" }, call({ region: "eu" })],
    ["an argument that is not there", { "mcp-param-region": "eu" }, call({})],
    ["an argument that is null", { "mcp-param-region": "null" }, call({ region: null })],
    ["an argument that is inherited", { "mcp-param-region": "eu" }, call({ plain: "eu" })],
    ["another number", { "mcp-param-count": "43" }, call({ count: 42 })],
    ["no number", { "mcp-param-count": "" }, call({ count: 0 })],
    ["another boolean", { "mcp-param-dry": "False" }, call({ dry: false })],
    ["another nested argument", { "mcp-param-deep-id": "y" }, call({ deep: { id: "x" } })],
  ])("is refused: %s", (_, headers, body) => {
    expect(verdict(headers, body)).toBe("header_mismatch");
  });

  it("agrees with every name that it encodes, and with no other", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(verdict({ "mcp-name": base64(a) }, call({}, a))).toBe("ok");
        if (a !== b)
          expect(verdict({ "mcp-name": base64(a) }, call({}, b))).toBe("header_mismatch");
      }),
    );
  });

  it("is looked for by its name", () => {
    expect(hasMirroredHeaders({ host: "a", "mcp-session-id": "x", "mcp-params": "y" })).toBe(false);
    for (const name of ["mcp-method", "mcp-name", "mcp-param-x"]) {
      expect(hasMirroredHeaders({ host: "a", [name]: "x" })).toBe(true);
    }
  });
});

describe("many headers and many calls", () => {
  it("read the schemas of each tool once", () => {
    const headers = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`mcp-param-x${index}`, "1"]),
    );
    const asked: string[] = [];
    const operations = parseOperations(
      Array.from({ length: 100 }, (_, id) => ({ ...call({ region: "eu" }, `t${id % 2}`), id })),
    );
    checkMirroredHeaders(headers, operations, (name) => {
      asked.push(name);
      return [SCHEMA];
    });
    expect(asked).toEqual(["t0", "t1"]);
  });
});
