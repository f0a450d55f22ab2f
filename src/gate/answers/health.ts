import type { HealthReport } from "../../telemetry/health-report.js";
import type { Answer } from "../../http/answer.js";

export interface HealthEndpoint {
  /** Where it is served; `undefined` for nowhere. */
  readonly path: string | undefined;
  readonly report: () => Promise<HealthReport>;
}

const HEADERS = { "Content-Type": "application/json", "Cache-Control": "no-store" };

/**
 * The page for load balancers and orchestrators: 200 while tokens can be
 * judged, 503 when none could be. Public, so it contains only what any client could find
 * out by trying: no reasons, and nothing about this process.
 */
export class Health {
  readonly #options: HealthEndpoint;
  #running: Promise<HealthReport> | undefined;

  constructor(options: HealthEndpoint) {
    this.#options = options;
  }

  /** One report for everybody who asks while it is being made. */
  report(): Promise<HealthReport> {
    this.#running ??= this.#options.report().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** The answer, or `undefined` when the path is another one. */
  answer(method: string, path: string): Answer | Promise<Answer> | undefined {
    if (path !== this.#options.path) return undefined;
    if (method !== "GET" && method !== "HEAD") {
      return { status: 405, headers: { ...HEADERS, Allow: "GET, HEAD" }, body: "" };
    }
    return this.#page();
  }

  async #page(): Promise<Answer> {
    const report = await this.report();
    const { status, issuers, store, authentication } = report;
    return {
      status: status === "unavailable" ? 503 : 200,
      headers: HEADERS,
      body: JSON.stringify({
        status,
        ...(authentication !== undefined && { authentication }),
        issuers: issuers.map(({ issuer, state, keyAgeSeconds }) => ({
          issuer,
          state,
          ...(keyAgeSeconds !== undefined && { keyAgeSeconds }),
        })),
        ...(store !== undefined && { store }),
      }),
    };
  }
}
