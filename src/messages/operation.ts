import { MalformedMessageError } from "../core/errors.js";

/** What an operation acts on; rules are written per type. */
type TargetType = "tool" | "resource" | "prompt" | "task";

/** What an operation acts on, by name. */
export interface OperationTarget {
  readonly type: TargetType;
  /** Tool or prompt name, resource URI or URI template, task id: the very string the framework looks up. */
  readonly name: string;
}

/** One JSON-RPC message, read as far as a policy needs it. */
export interface Operation {
  /** `response` is the client's answer to a request of the server (sampling, elicitation, roots). */
  readonly kind: "request" | "notification" | "response";
  /** Absent for responses only. */
  readonly method?: string;
  readonly id?: string | number;
  readonly target?: OperationTarget;
  /** As sent: untrusted, and checked only as far as `target` reaches. */
  readonly params?: unknown;
  /** A `tools/call` that asks to run as a task. */
  readonly isTask?: true;
  /**
   * Not a request of a client: a list is being filtered, or a session is about to
   * receive a notification. `params` holds no
   * arguments then.
   */
  readonly isListing?: true;
}

/** Where `parseOperations` draws the line by default: as many messages as the MCP SDK takes in one batch. */
export const MAX_MESSAGES = 100;
const MAX_METHOD_LENGTH = 256;
const MAX_TARGET_LENGTH = 4096;

type JsonObject = Readonly<Record<string, unknown>>;

const REQUEST_MEMBERS = new Set(["jsonrpc", "id", "method", "params"]);
const RESULT_MEMBERS = new Set(["jsonrpc", "id", "result"]);
const ERROR_MEMBERS = new Set(["jsonrpc", "id", "error"]);

/**
 * Reads a parsed JSON body: one JSON-RPC 2.0 message, or a batch of them.
 *
 * Only own properties count, and members that the SDK's strict schemas refuse
 * are refused here as well, so that what is decided is what is done. Names are
 * taken as they are, without Unicode normalising: a look-alike is another name
 * and meets the rules for that name.
 *
 * Does not check that the method or the target exists, nor the shape of
 * `params` beyond the target.
 *
 * @param body what `JSON.parse` returned; the same object must go on to the framework
 * @param maxMessages most messages in one batch
 * @returns at least one operation, in the order of the body
 * @throws MalformedMessageError
 * @see JSON-RPC 2.0 §4 to §6
 */
export function parseOperations(body: unknown, maxMessages = MAX_MESSAGES): Operation[] {
  if (!Array.isArray(body)) return [parseMessage(body)];
  if (body.length === 0) throw new MalformedMessageError("batch_empty");
  if (body.length > maxMessages) throw new MalformedMessageError("batch_too_long");
  // A nested array is not an object, so parseMessage refuses it.
  return Array.from(body, parseMessage);
}

function parseMessage(message: unknown): Operation {
  if (!isJsonObject(message)) throw new MalformedMessageError("message_malformed");
  if (own(message, "jsonrpc") !== "2.0") throw new MalformedMessageError("jsonrpc_version");
  return Object.hasOwn(message, "method") ? parseCall(message) : parseResponse(message);
}

function parseCall(message: JsonObject): Operation {
  requireOnly(message, REQUEST_MEMBERS);
  const method = own(message, "method");
  if (typeof method !== "string" || method.length > MAX_METHOD_LENGTH) {
    throw new MalformedMessageError("method_malformed");
  }
  const params = parseParams(message);
  const target = parseTarget(method, params);
  const isTask = method === "tools/call" && params !== undefined && Object.hasOwn(params, "task");
  const call = {
    method,
    ...(target !== undefined && { target }),
    ...(params !== undefined && { params }),
    ...(isTask && { isTask }),
  };
  if (!Object.hasOwn(message, "id")) return { kind: "notification", ...call };
  return { kind: "request", id: parseId(message), ...call };
}

function parseResponse(message: JsonObject): Operation {
  const isError = Object.hasOwn(message, "error");
  requireOnly(message, isError ? ERROR_MEMBERS : RESULT_MEMBERS);
  if (!isJsonObject(own(message, isError ? "error" : "result"))) {
    throw new MalformedMessageError("message_malformed");
  }
  if (isError && !Object.hasOwn(message, "id")) return { kind: "response" };
  return { kind: "response", id: parseId(message) };
}

function parseId(message: JsonObject): string | number {
  const id = own(message, "id");
  if (typeof id === "string" || Number.isSafeInteger(id)) return id as string | number;
  throw new MalformedMessageError("id_malformed");
}

function parseParams(message: JsonObject): JsonObject | undefined {
  if (!Object.hasOwn(message, "params")) return undefined;
  const params = own(message, "params");
  if (!isJsonObject(params)) throw new MalformedMessageError("params_malformed");
  // The SDK copies params by assignment, so a member called __proto__ becomes
  // the copy's prototype: {"__proto__": {"name": "x"}} would call x, and
  // {"name": "x", "__proto__": {"arguments": …}} would pass arguments that no
  // policy function saw. It has no legitimate use, so it is refused, also one
  // level down, in arguments, ref and _meta.
  refuseProto(params);
  for (const value of Object.values(params)) if (isJsonObject(value)) refuseProto(value);
  return params;
}

function parseTarget(method: string, params: JsonObject | undefined): OperationTarget | undefined {
  switch (method) {
    case "tools/call":
      return target("tool", params, "name");
    case "prompts/get":
      return target("prompt", params, "name");
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return target("resource", params, "uri");
    case "tasks/get":
    case "tasks/result":
    case "tasks/cancel":
      return target("task", params, "taskId");
    case "completion/complete":
      return completionTarget(params);
    default:
      return undefined;
  }
}

function completionTarget(params: JsonObject | undefined): OperationTarget {
  const ref = params && own(params, "ref");
  if (!isJsonObject(ref)) throw new MalformedMessageError("target_malformed");
  const type = own(ref, "type");
  if (type === "ref/prompt") return target("prompt", ref, "name");
  if (type === "ref/resource") return target("resource", ref, "uri");
  throw new MalformedMessageError("target_malformed");
}

function target(type: TargetType, from: JsonObject | undefined, member: string): OperationTarget {
  const name = from && own(from, member);
  if (typeof name !== "string" || name.length > MAX_TARGET_LENGTH) {
    throw new MalformedMessageError("target_malformed");
  }
  return { type, name };
}

function requireOnly(message: JsonObject, members: ReadonlySet<string>): void {
  for (const member of Object.keys(message)) {
    if (!members.has(member)) throw new MalformedMessageError("message_malformed");
  }
}

function refuseProto(value: JsonObject): void {
  if (Object.hasOwn(value, "__proto__")) throw new MalformedMessageError("params_malformed");
}

function own(object: JsonObject, member: string): unknown {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
