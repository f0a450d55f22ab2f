/** Prints each step of the flow with an explanation. */
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

  /** A `fetch` that prints each request: method, URL, status, purpose, and the challenge. */
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

  /** Prints one parameter per line; for an error, only the parameters that differ from the first challenge. */
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
          (parameter.startsWith("DPoP ")
            ? "  # or a DPoP-bound token, which only its owner can use"
            : ""),
      ),
    );
  }
}

/** Explanations of requests. */
const PURPOSES: readonly (readonly [path: RegExp, purpose: string])[] = [
  [
    /\/\.well-known\/oauth-protected-resource/,
    "resource metadata: names the authorization server (RFC 9728)",
  ],
  [
    /\/\.well-known\/oauth-authorization-server/,
    "authorization server metadata: its endpoints (RFC 8414)",
  ],
  [/\/register$/, "dynamic client registration (RFC 7591)"],
  [/\/token$/, "exchanges the code for a token (RFC 6749)"],
];

/** The JSON-RPC method, if the body is a message. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== "string" || !body.startsWith("{")) return undefined;
  return (JSON.parse(body) as { method?: string }).method;
}

/** Truncates long query values. */
function shorten(url: string): string {
  return url.replace(/=([^&]{12})[^&]+/g, "=$1…");
}
