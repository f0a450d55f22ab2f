/** Prints what happens so that a newcomer can follow it. */
export class Transcript {
  #step = 0;
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  title(text: string): void {
    this.#write(`\n=== ${text} ===`);
  }

  step(text: string): void {
    this.#write(`\n${++this.#step}. ${text}`);
  }

  detail(text: string): void {
    this.#write(`   ${text}`);
  }

  /** A `fetch` that writes down each exchange: method, URL, status, what it is for, and the challenge. */
  fetch(): typeof fetch {
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await fetch(input, init);
      const method = init?.method ?? "GET";
      const message = messageOf(init?.body);
      const purpose = PURPOSES.find(([path]) => path.test(new URL(url).pathname))?.[1];
      this.detail(
        `${method.padEnd(4)} ${shorten(url)}${message === undefined ? "" : ` ${message}`} → ` +
          `${response.status}${purpose === undefined ? "" : `  # ${purpose}`}`,
      );
      const challenge = response.headers.get("www-authenticate");
      if (challenge !== null) this.#challenge(challenge);
      return response;
    };
  }

  /** One parameter a line; of a refusal, what is different from the challenge seen before. */
  #challenge(challenge: string): void {
    const parameters = challenge.split(/, (?=[A-Za-z_]+=|DPoP )/);
    const shown = challenge.includes("error=")
      ? parameters.filter((parameter) =>
          /^(?:Bearer error|scope|error_description)=/.test(parameter),
        )
      : parameters;
    shown.forEach((parameter, index) =>
      this.detail(
        `     ${index === 0 ? "WWW-Authenticate: " : "  "}${parameter}` +
          (parameter.startsWith("DPoP ") ? "  # or a token that only its owner can use" : ""),
      ),
    );
  }
}

/** What a newcomer wants to know about a request. */
const PURPOSES: readonly (readonly [path: RegExp, purpose: string])[] = [
  [/\/\.well-known\/oauth-protected-resource/, "who issues tokens for this server? (RFC 9728)"],
  [/\/\.well-known\/oauth-authorization-server/, "where are its endpoints? (RFC 8414)"],
  [/\/register$/, "the client introduces itself (RFC 7591)"],
  [/\/token$/, "a code for a token"],
];

/** The JSON-RPC method, where the body is a message. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== "string" || !body.startsWith("{")) return undefined;
  return (JSON.parse(body) as { method?: string }).method;
}

/** URLs with long query values cut, so that lines stay readable. */
function shorten(url: string): string {
  return url.replace(/=([^&]{12})[^&]+/g, "=$1…");
}
