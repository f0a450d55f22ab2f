import type { RunningServer } from "./mcp-server.js";
import { INITIALIZE } from "./protected.js";
import { bearer, mcpRequest } from "./mcp-request.js";

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: any;
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/**
 * A session as a hostile client may use it: any token with any request, none
 * with another. Its standing stream is open from the start.
 */
export class RawSession {
  /** What came in the standing stream so far. */
  readonly heard: Message[] = [];
  /** The standing stream is over. */
  readonly ended: Promise<void>;
  readonly id: string;
  readonly #url: string;
  readonly #isSse: boolean;
  readonly #stop: AbortController;
  #waiting: (() => void)[] = [];
  #nextId = 1;

  private constructor(
    url: string,
    id: string,
    isSse: boolean,
    stream: Events,
    stop: AbortController,
  ) {
    this.#url = url;
    this.id = id;
    this.#isSse = isSse;
    this.#stop = stop;
    this.ended = this.#listen(stream);
  }

  static async open({ url, origin }: RunningServer, token?: string): Promise<RawSession> {
    const stop = new AbortController();
    const headers = { Accept: "text/event-stream", ...bearer(token) };
    const isSse = url.endsWith("/sse");
    if (isSse) {
      const stream = events(await ok(fetch(url, { headers, signal: stop.signal })));
      const path = (await stream.next()).value as string;
      const id = new URL(path, origin).searchParams.get("sessionId")!;
      return new RawSession(origin + path, id, true, stream, stop);
    }
    const opened = await ok(fetch(url, request(JSON.stringify(INITIALIZE), token)));
    await opened.text();
    const id = opened.headers.get("mcp-session-id")!;
    const stream = await ok(
      fetch(url, { headers: { ...headers, "Mcp-Session-Id": id }, signal: stop.signal }),
    );
    return new RawSession(url, id, false, events(stream), stop);
  }

  /** Sends a message as it is; the answer may come in either stream. */
  send(body: unknown, token?: string): Promise<Response> {
    return this.sendText(JSON.stringify(body), token);
  }

  sendText(body: string, token?: string): Promise<Response> {
    return fetch(this.#url, request(body, token, this.#isSse ? undefined : this.id));
  }

  /** The HTTP status of a request, once the request is over. */
  async status(method: string, token?: string, params?: object): Promise<number> {
    const response = await this.send(this.#request(method, params), token);
    await response.text();
    return response.status;
  }

  /** Sends a request and waits for its response, wherever that comes. */
  async ask(method: string, token?: string, params?: object): Promise<Message> {
    const body = this.#request(method, params);
    const response = await ok(this.send(body, token));
    const text = await response.text();
    for (const message of this.#isSse ? [] : messagesOf(text)) this.#hear(message);
    return this.hears(({ id }) => id === body.id);
  }

  /** The first message of this kind, as soon as it is there. */
  async hears(isIt: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.heard.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** What was said without being asked, in the order it came. */
  get notifications(): Message[] {
    return this.heard.filter(({ id }) => id === undefined);
  }

  async end(token?: string): Promise<void> {
    if (this.#isSse) return this.hangUp();
    const headers = { "Mcp-Session-Id": this.id, ...bearer(token) };
    await ok(fetch(this.#url, { method: "DELETE", headers }));
  }

  async hangUp(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  #request(method: string, params?: object) {
    return { jsonrpc: "2.0", id: this.#nextId++, method, ...(params !== undefined && { params }) };
  }

  async #listen(stream: Events): Promise<void> {
    try {
      for await (const data of stream) this.#hear(JSON.parse(data) as Message);
    } catch {
      // Hung up.
    }
  }

  #hear(message: Message): void {
    this.heard.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

type Events = AsyncGenerator<string, void>;

/** The `data` of each event. */
async function* events(response: Response): Events {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop()!;
    yield* blocks.flatMap(dataOf);
  }
}

function dataOf(block: string): string[] {
  const data = /^data: ?(.*)$/m.exec(block)?.[1];
  return data === undefined || data === "" ? [] : [data];
}

function messagesOf(text: string): Message[] {
  const texts =
    text.startsWith("{") || text.startsWith("[")
      ? [text]
      : text.split(/\r?\n\r?\n/).flatMap(dataOf);
  return texts.flatMap((one) => JSON.parse(one) as Message | Message[]);
}

async function ok(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}

function request(body: string, token?: string, session?: string): RequestInit {
  const named = session === undefined ? {} : { "Mcp-Session-Id": session };
  return mcpRequest(body, { ...bearer(token), ...named });
}
