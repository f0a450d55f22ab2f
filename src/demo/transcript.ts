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

  /** A `fetch` that writes down each exchange: method, URL, status, and what matters of the rest. */
  fetch(): typeof fetch {
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await fetch(input, init);
      this.detail(`${(init?.method ?? "GET").padEnd(4)} ${shorten(url)} → ${response.status}`);
      const challenge = response.headers.get("www-authenticate");
      if (challenge !== null) this.detail(`     WWW-Authenticate: ${challenge}`);
      return response;
    };
  }
}

/** URLs with long query values cut, so that lines stay readable. */
function shorten(url: string): string {
  return url.replace(/=([^&]{12})[^&]+/g, "=$1…");
}
