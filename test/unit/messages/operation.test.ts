import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  JSONRPCMessageSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { MalformedMessageError, OAuthError } from "../../../src/core/errors.js";
import { MAX_MESSAGES, parseOperations, type Operation } from "../../../src/messages/operation.js";

const call = (params: unknown = { name: "echo" }, spoil: object = {}): Record<string, unknown> => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params,
  ...spoil,
});
const fromText = (text: string) => parseOperations(JSON.parse(text));
const targetOf = (method: string, params: unknown) =>
  parseOperations(call(params, { method }))[0]?.target;

describe("parseOperations", () => {
  it("reads a tool call", () => {
    expect(parseOperations(call())).toEqual([
      {
        kind: "request",
        method: "tools/call",
        id: 1,
        target: { type: "tool", name: "echo" },
        params: { name: "echo" },
      },
    ]);
  });

  it("reads a notification and the three forms of a response", () => {
    const kinds = [
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", id: "a", result: {} },
      { jsonrpc: "2.0", id: 2, error: { code: -1, message: "no" } },
      { jsonrpc: "2.0", error: { code: -1, message: "no" } },
    ];
    expect(parseOperations(kinds).map(({ kind }) => kind)).toEqual([
      "notification",
      "response",
      "response",
      "response",
    ]);
  });

  it("keeps the order of a batch", () => {
    const names = parseOperations([call({ name: "a" }), call({ name: "b" })]);
    expect(names.map(({ target }) => target?.name)).toEqual(["a", "b"]);
  });

  it.each([
    ["tools/call", { name: "x" }, "tool"],
    ["prompts/get", { name: "x" }, "prompt"],
    ["resources/read", { uri: "x" }, "resource"],
    ["resources/subscribe", { uri: "x" }, "resource"],
    ["resources/unsubscribe", { uri: "x" }, "resource"],
    ["tasks/get", { taskId: "x" }, "task"],
    ["tasks/result", { taskId: "x" }, "task"],
    ["tasks/cancel", { taskId: "x" }, "task"],
    ["completion/complete", { ref: { type: "ref/prompt", name: "x" } }, "prompt"],
    ["completion/complete", { ref: { type: "ref/resource", uri: "x" } }, "resource"],
  ])("knows what %s %j acts on", (method, params, type) => {
    expect(targetOf(method, params)).toEqual({ type, name: "x" });
  });

  it.each([
    ["tools/call", undefined],
    ["tools/call", {}],
    ["tools/call", { name: 7 }],
    ["tools/call", { name: ["echo"] }],
    ["tools/call", { name: null }],
    ["tools/call", { name: "x".repeat(4097) }],
    ["tools/call", { uri: "echo" }],
    ["prompts/get", { name: {} }],
    ["resources/read", { name: "file://a" }],
    ["resources/subscribe", { uri: 1 }],
    ["resources/unsubscribe", {}],
    ["tasks/get", {}],
    ["tasks/result", { taskId: 1 }],
    ["tasks/cancel", { taskId: null }],
    ["completion/complete", {}],
    ["completion/complete", { ref: "ref/prompt" }],
    ["completion/complete", { ref: { type: "ref/tool", name: "x" } }],
    ["completion/complete", { ref: { type: "ref/prompt", uri: "x" } }],
    ["completion/complete", { ref: { type: "ref/resource", name: "x" } }],
  ])("refuses %s when what it acts on cannot be read from %j", (method, params) => {
    const message = call(params, { method });
    if (params === undefined) delete message["params"];
    expect(() => parseOperations(message)).toThrow(MalformedMessageError);
  });

  it.each([
    ["nothing", null],
    ["text", "tools/call"],
    ["a number", 1],
    ["an empty batch", []],
    ["a nested batch", [[call()]]],
    ["a batch with a hole", [call(), null]],
    ["no version", { id: 1, method: "ping" }],
    ["another version", call(undefined, { jsonrpc: "1.0" })],
    ["a version that is a number", call(undefined, { jsonrpc: 2 })],
    ["a method in a list", call(undefined, { method: ["tools/call"] })],
    ["a method that is null", call(undefined, { method: null })],
    ["an endless method", call(undefined, { method: "m".repeat(257) })],
    ["an id that is null", call(undefined, { id: null })],
    ["an id that is a fraction", call(undefined, { id: 1.5 })],
    ["an id that is an object", call(undefined, { id: {} })],
    ["params in a list", call(["echo"])],
    ["params that are null", call(null)],
    ["a call that is a result too", call(undefined, { result: {} })],
    ["an unknown member", call(undefined, { Method: "ping" })],
    ["a result and an error", { jsonrpc: "2.0", id: 1, result: {}, error: {} }],
    ["a result without id", { jsonrpc: "2.0", result: {} }],
    ["a result that is no object", { jsonrpc: "2.0", id: 1, result: [] }],
    ["neither method nor result", { jsonrpc: "2.0", id: 1 }],
  ])("refuses %s", (_, body) => {
    expect(() => parseOperations(body)).toThrow(MalformedMessageError);
  });

  it("takes a batch up to the limit and none beyond", () => {
    const batch = (length: number) => Array.from({ length }, () => call());
    expect(parseOperations(batch(MAX_MESSAGES))).toHaveLength(MAX_MESSAGES);
    expect(() => parseOperations(batch(MAX_MESSAGES + 1))).toThrow(MalformedMessageError);
    expect(() => parseOperations(batch(2), 1)).toThrow(MalformedMessageError);
  });

  it("marks a call that asks to run as a task", () => {
    expect(parseOperations(call({ name: "a", task: { ttl: 1 } }))[0]?.isTask).toBe(true);
    expect(parseOperations(call())[0]).not.toHaveProperty("isTask");
  });

  it("takes the last of two equal members, as JSON.parse does", () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":';
    expect(fromText(`${text}{"name":"a","name":"b"}}`)[0]?.target?.name).toBe("b");
  });

  it("does not normalise names", () => {
    const composed = "caf\u00e9";
    const decomposed = "cafe\u0301";
    expect(targetOf("tools/call", { name: composed })?.name).toBe(composed);
    expect(targetOf("tools/call", { name: decomposed })?.name).toBe(decomposed);
  });

  it.each([
    '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"ping"}}',
    '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"method":"tools/call"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"a"}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","__proto__":{}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"__proto__":{}}}}',
    '{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","__proto__":{"name":"a"}}}}',
  ])("lets no prototype in: %s", (text) => {
    expect(() => fromText(text)).toThrow(MalformedMessageError);
  });

  it("does not read inherited members", () => {
    expect(() => parseOperations(Object.create(call()))).toThrow(MalformedMessageError);
    const params: unknown = Object.create({ name: "echo" });
    expect(() => parseOperations(call(params))).toThrow(MalformedMessageError);
    expect(() => parseOperations(call({}, { method: "constructor" }))).not.toThrow();
  });

  it("never throws anything but an OAuthError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), messages, fc.array(messages)), (body) => {
        try {
          expect(parseOperations(body).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("sees the very names and arguments that the SDK acts on, or refuses", () => {
    let compared = 0;
    fc.assert(
      fc.property(messages, (message) => {
        const body: unknown = JSON.parse(JSON.stringify(message));
        const acted = whatTheSdkActsOn(body);
        if (acted === undefined) return;
        let seen: Operation | undefined;
        try {
          [seen] = parseOperations(body);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
          return;
        }
        compared++;
        expect(seen?.target?.name).toBe(acted.name);
        expect((seen?.params as { arguments?: unknown }).arguments).toEqual(acted.arguments);
      }),
      { numRuns: 5000, seed: 1 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

/** Messages that are nearly right. `["__proto__"]` is an own member, as JSON.parse makes it. */
const names = fc.constantFrom<unknown>("a", "b", "\u0430", "constructor", 1, null);
const loose = (keys: string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.constantFrom(...keys, "__proto__"), value), { maxLength: 4 })
    .map((entries) => fromEntries(entries));
const refs = loose(["type", "name", "uri"], fc.oneof(fc.constantFrom("ref/prompt", "a"), names));
const deepParams = loose(
  ["name", "uri", "arguments", "ref", "argument"],
  fc.oneof(
    names,
    fc.constantFrom({ name: "b" }, { arguments: { a: 1 } }),
    loose(["name", "uri", "arguments"], names),
    refs,
    fc.constant({ name: "a", value: "b" }),
  ),
);
const goodParams = fc
  .tuple(fc.constantFrom("a", "b"), deepParams)
  .map(([name, more]) => Object.defineProperties({ name, uri: name }, descriptorsOf(more)));
const messages = fc
  .record({
    jsonrpc: fc.constantFrom<unknown>("2.0", "2.0", "2.0", 2),
    id: fc.constantFrom<unknown>(1, "x", 2, null),
    method: fc.constantFrom<unknown>(
      ...["tools/call", "prompts/get", "resources/read", "completion/complete", "ping", 1],
    ),
    params: fc.oneof(deepParams, goodParams, goodParams),
  })
  .chain((message) =>
    fc.constantFrom({}, {}, {}, { result: {} }).map((more) => ({ ...message, ...more })),
  );

function fromEntries(entries: [string, unknown][]): unknown {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

function descriptorsOf(object: unknown): PropertyDescriptorMap {
  // A spread of the descriptors would lose __proto__, so the map has no prototype.
  const map = Object.create(null) as PropertyDescriptorMap;
  for (const key of Object.keys(object as object)) {
    if (key === "name" || key === "uri") continue;
    map[key] = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
  }
  return map;
}

/** Parses as the transport and then the handler do. */
function whatTheSdkActsOn(body: unknown): { name?: unknown; arguments?: unknown } | undefined {
  const message = JSONRPCMessageSchema.safeParse(body);
  if (!message.success || !("method" in message.data)) return undefined;
  const { data } = message;
  switch (data.method) {
    case "tools/call":
      return CallToolRequestSchema.safeParse(data).data?.params;
    case "prompts/get":
      return GetPromptRequestSchema.safeParse(data).data?.params;
    case "resources/read": {
      const params = ReadResourceRequestSchema.safeParse(data).data?.params;
      return params && { name: params.uri, arguments: argumentsOf(data.params) };
    }
    case "completion/complete": {
      const ref = CompleteRequestSchema.safeParse(data).data?.params.ref;
      const name = ref?.type === "ref/prompt" ? ref.name : ref?.uri;
      return ref && { name, arguments: argumentsOf(data.params) };
    }
    default:
      return undefined;
  }
}

function argumentsOf(params: unknown): unknown {
  return (params as { arguments?: unknown } | undefined)?.arguments;
}
