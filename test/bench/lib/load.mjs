/*
 * A client that costs little, so that the server is what is measured: raw sockets, requests
 * prepared as bytes, answers read no further than their length.
 */
import { connect } from "node:net";
import { clearImmediate, setImmediate } from "node:timers";

/** One request as bytes. */
export function httpRequest({ method = "POST", path = "/mcp", headers = {}, body = "" }) {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ Host: "127.0.0.1:8080", ...headers }).map(
    ([n, v]) => `${n}: ${v}`,
  );
  if (method === "POST") lines.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`),
    bytes,
  ]);
}

/** A JSON-RPC request as MCP clients send it. */
export function rpcRequest(message, { token, session, ...rest } = {}) {
  return httpRequest({
    ...rest,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2025-06-18",
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(session !== undefined && { "Mcp-Session-Id": session }),
    },
    body: JSON.stringify(message),
  });
}

const END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

class Connection {
  #socket;
  #rest = Buffer.alloc(0);
  #waiting = [];

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#read(chunk));
    const fail = () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("connection closed"));
    };
    socket.on("error", fail).on("close", fail);
  }

  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new Connection(socket)));
      socket.once("error", reject);
    });
  }

  /** The answer as `{ status, head, body }`. */
  send(bytes) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(bytes);
    });
  }

  close() {
    this.#socket.destroy();
  }

  #read(chunk) {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.indexOf(END);
      if (end < 0) return;
      const head = this.#rest.latin1Slice(0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
      const start = end + 4;
      let stop = start + Number(length ?? 0);
      if (length === undefined && /\r\ntransfer-encoding: chunked/i.test(head)) {
        const last = this.#rest.indexOf(LAST_CHUNK, start);
        if (last < 0) return;
        stop = last + 5;
      }
      if (this.#rest.length < stop) return;
      const body = this.#rest.subarray(start, stop);
      this.#rest = this.#rest.subarray(stop);
      this.#waiting.shift()?.resolve({ status: Number(head.slice(9, 12)), head, body });
    }
  }
}

/** Sends one request on a connection of its own. */
export async function once(port, bytes) {
  const connection = await Connection.open(port);
  try {
    return await connection.send(bytes);
  } finally {
    connection.close();
  }
}

/**
 * Keeps the process from sleeping until it is called. To wake a client up is the sender's work, and
 * takes up to a third of a short request. A server that leaves the client time to fall asleep would
 * be charged for it.
 */
function stayAwake() {
  let next = setImmediate(function again() {
    next = setImmediate(again);
  });
  return () => clearImmediate(next);
}

/**
 * Keeps `connections` busy until `ms` are over, each with one request at a time.
 *
 * @param next gives the bytes of the next request
 * @param expected status of every answer; any other ends the benchmark
 */
export async function drive(port, next, { ms, connections = 16, expected, count = Infinity }) {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const sleep = stayAwake();
  const startedAt = performance.now();
  let requests = 0;
  let started = 0;
  const work = async (connection) => {
    while (started < count && performance.now() - startedAt < ms) {
      started += 1;
      const { status, body } = await connection.send(next());
      if (status !== expected) {
        throw new Error(`expected ${expected}, got ${status}: ${body.toString().slice(0, 300)}`);
      }
      requests += 1;
    }
  };
  try {
    await Promise.all(open.map(work));
  } finally {
    sleep();
    for (const connection of open) connection.close();
  }
  return { requests, seconds: (performance.now() - startedAt) / 1000 };
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  },
};

/** Opens sessions, a few at a time; `[{ token, session }]`. */
export async function openSessions(port, tokens, count) {
  const connections = await Promise.all(Array.from({ length: 8 }, () => Connection.open(port)));
  const sessions = [];
  let started = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (started < count) {
        const token = tokens[started++ % tokens.length];
        const { status, head, body } = await connection.send(rpcRequest(INITIALIZE, { token }));
        const session = /\r\nmcp-session-id: (\S+)/i.exec(head)?.[1];
        if (status !== 200 || session === undefined) {
          throw new Error(`no session: ${status} ${body.toString().slice(0, 300)}`);
        }
        sessions.push({ token, session });
      }
    }),
  );
  for (const connection of connections) connection.close();
  return sessions;
}
