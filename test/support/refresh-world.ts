import fc from "fast-check";
import { exportJWK, generateKeyPair } from "jose";
import type { Provider } from "oidc-provider";
import {
  assembleAuthorizationServer,
  type AuthorizationServer,
  type Foundation,
} from "../../src/authorization-server/create-authorization-server.js";
import { SealedStorage } from "../../src/authorization-server/storage/sealed-storage.js";
import type { StorageEngine } from "../../src/authorization-server/storage/storage.js";
import { RefreshFamily } from "../models/refresh.js";

const RESOURCE = "https://mcp.example.com/mcp";
const OWNER = { client: "owner" };

/** An event of a refresh, or beside one. */
type RefreshEvent =
  | { readonly kind: "refresh"; readonly requests: number; readonly fate: Fate }
  | { readonly kind: "refused"; readonly query: "resource" | "scope" }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "steal" }
  | { readonly kind: "thief" }
  | { readonly kind: "foreign" };
type Fate = "answered" | "lost" | "crash-before" | "crash-after";

/** Two processes of one authorization server, on one storage. */
export interface RefreshWorld {
  readonly processes: readonly Process[];
  readonly windowSeconds: number;
  readonly clock: () => number;
  advance(seconds: number): void;
  /** Reuse that the servers reported. */
  reuses(): number;
  /** Kinds of events that have happened. */
  readonly seen: Set<string>;
  close(): Promise<void>;
}

interface Process {
  readonly server: AuthorizationServer;
  /** Stops this process at its next commit, before or after it. */
  crash: "before" | "after" | undefined;
}

export async function startRefreshWorld(
  createEngine: (clock: () => number) => StorageEngine | Promise<StorageEngine>,
  windowSeconds: number,
): Promise<RefreshWorld> {
  let now = Math.floor(Date.now() / 1000);
  let reuses = 0;
  const clock = () => now;
  const engine = await createEngine(clock);
  const storage = await SealedStorage.open(
    { engine, keys: [{ id: "test", secret: Buffer.alloc(32, 1) }] },
    clock,
  );
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const keys = [await exportJWK(privateKey)];
  const start = async (issuer: string): Promise<Process> => {
    const process = { crash: undefined } as {
      crash: Process["crash"];
      server?: AuthorizationServer;
    };
    const records: Foundation["records"] = {
      list: (...page) => storage.list(...page),
      get: (kind, id) => storage.get(kind, id),
      findBy: (index, value) => storage.findBy(index, value),
      takeBy: (...call) => storage.takeBy(...call),
      count: () => storage.count(),
      removeExpired: (limit) => storage.removeExpired(limit),
      keysInUse: () => storage.keysInUse(),
      reseal: () => storage.reseal(),
      async commit(changes) {
        const crash = process.crash;
        process.crash = undefined;
        if (crash === "before") throw new Error("stopped before the commit");
        const done = await storage.commit(changes);
        if (crash === "after") throw new Error("stopped after the commit");
        return done;
      },
    };
    const { server } = await assembleAuthorizationServer(
      {
        issuer,
        resources: [{ resource: RESOURCE, scopes: { "mcp:read": "Read", "mcp:write": "Write" } }],
        accounts: [{ id: "alice", password: "correct horse" }],
        keys,
        refreshReplaySeconds: windowSeconds,
        onReuse: () => (reuses += 1),
        onError: () => undefined,
      },
      { records, clock },
    );
    process.server = server;
    await process.server.listen(0);
    return process as Process;
  };
  const processes = [await start("http://127.0.0.1:0"), await start("http://127.0.0.1:0")];
  for (const client of ["owner", "other"]) {
    await storage.commit([{ put: { kind: "Client", id: client, payload: clientOf(client) } }]);
  }
  return {
    processes,
    windowSeconds,
    clock,
    advance: (seconds) => void (now += seconds),
    reuses: () => reuses,
    seen: new Set(),
    async close() {
      await Promise.all(processes.map(({ server }) => server.close()));
      await storage.close();
    },
  };
}

function clientOf(id: string) {
  return {
    client_id: id,
    redirect_uris: ["http://127.0.0.1/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
  };
}

const refreshes = fc.record({
  kind: fc.constant("refresh" as const),
  requests: fc.integer({ min: 1, max: 4 }),
  fate: fc.constantFrom<Fate>("answered", "answered", "lost", "crash-before", "crash-after"),
});
const refusals = fc.record({
  kind: fc.constant("refused" as const),
  query: fc.constantFrom("resource" as const, "scope" as const),
});
const waits = fc.record({
  kind: fc.constant("wait" as const),
  seconds: fc.integer({ min: 0, max: 70 }),
});
const thefts = fc.constantFrom<RefreshEvent>(
  { kind: "steal" },
  { kind: "thief" },
  { kind: "thief" },
  { kind: "foreign" },
);

/** Compares the servers with the model under `numRuns` random schedules. */
export async function runSchedules(
  world: RefreshWorld,
  mode: "honest" | "hostile",
  options: { readonly numRuns: number; readonly seed: number },
): Promise<void> {
  const events: fc.Arbitrary<RefreshEvent> =
    mode === "honest"
      ? fc.oneof(refreshes, refreshes, refusals, waits)
      : fc.oneof(refreshes, refreshes, waits, thefts, thefts, refusals);
  const schedule = fc.array(events, { minLength: 3, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(schedule, (steps) => new Run(world, mode).play(steps)),
    options,
  );
}

/** One sign-in and its events. */
class Run {
  readonly #model: RefreshFamily;
  /** Known refresh tokens, by generation. */
  readonly #tokens: (string | undefined)[] = [];
  /** Generation in the store that all processes of the client share. */
  #held = 0;
  #stolen: number | undefined;
  readonly #reusesBefore: number;

  constructor(
    readonly world: RefreshWorld,
    readonly mode: "honest" | "hostile",
  ) {
    this.#model = new RefreshFamily(OWNER, world.windowSeconds);
    this.#reusesBefore = world.reuses();
  }

  async play(steps: readonly RefreshEvent[]): Promise<void> {
    this.#tokens.push(await signIn(this.world));
    for (const step of steps) await this.#step(step);
    if (this.mode === "honest" && !this.#model.isAlive) throw new Error("an honest client lost");
    const reported = this.world.reuses() - this.#reusesBefore;
    // A crash between report and revocation reports the same theft again.
    if (reported < this.#model.reuses) throw new Error("a theft was not reported");
    if (this.mode === "honest") expectSame("reported reuse", reported, 0);
  }

  async #step(step: RefreshEvent): Promise<void> {
    this.world.seen.add(step.kind === "refresh" ? step.fate : step.kind);
    switch (step.kind) {
      case "refresh":
        return this.#refresh(step.requests, step.fate);
      case "refused":
        return this.#refused(step.query);
      case "wait":
        return this.world.advance(this.#patience(step.seconds));
      case "steal":
        this.#stolen = this.#held;
        return;
      case "thief":
        if (this.#stolen !== undefined) this.#stolen = await this.#present(this.#stolen, "owner");
        return;
      case "foreign":
        await this.#present(this.#stolen ?? this.#held, "other");
    }
  }

  /** A legitimate client that loses a response retries before the window ends. */
  #patience(seconds: number): number {
    const isBehind = this.mode === "honest" && this.#held !== this.#model.newest;
    if (!isBehind) return seconds;
    const left = this.#lastUse + this.world.windowSeconds - this.world.clock();
    return Math.max(0, Math.min(seconds, left));
  }
  #lastUse = 0;

  async #refresh(requests: number, fate: Fate): Promise<void> {
    const [first] = this.world.processes;
    if (first === undefined) return;
    if (fate === "crash-before" || fate === "crash-after") {
      first.crash = fate === "crash-before" ? "before" : "after";
    }
    const answers = await Promise.all(
      Array.from({ length: requests }, (_, index) => this.#post(this.#held, "owner", {}, index)),
    );
    const crashed = answers.filter(({ status }) => status === 503).length;
    first.crash = undefined;
    const isUsed = crashed < requests || fate === "crash-after";
    if (crashed > 1) throw new Error("a crash stopped more than its own request");
    if (!isUsed) return this.#model.fail();
    const others = answers.filter(({ status }) => status !== 503);
    const before = this.#model.newest;
    const outcome = this.#model.present(this.#held, OWNER, this.world.clock());
    if (outcome.kind === "invalid_grant") {
      for (const answer of others) expectSame("answer", answer.error, "invalid_grant");
      return;
    }
    if (this.#model.newest > before) this.#lastUse = this.world.clock();
    for (const answer of others) this.#learn(answer, this.#model.newest);
    if (fate === "answered" && others.length > 0) this.#held = this.#model.newest;
  }

  async #refused(query: "resource" | "scope"): Promise<void> {
    const wrong =
      query === "scope" ? { scope: "mcp:read mcp:write" } : { resource: "https://other.example/" };
    const answer = await this.#post(this.#held, "owner", wrong);
    if (this.#isRefusedAsReuse()) {
      this.#model.present(this.#held, OWNER, this.world.clock());
      expectSame("answer", answer.error, "invalid_grant");
    } else {
      expectSame("answer", answer.error, query === "scope" ? "invalid_scope" : "invalid_target");
    }
  }

  #isRefusedAsReuse(): boolean {
    const probe = this.#model.newest === this.#held;
    if (!this.#model.isAlive) return true;
    return !probe && this.world.clock() - this.#usedAt(this.#held) > this.world.windowSeconds;
  }

  #usedAt(generation: number): number {
    return this.#model.usedAt(generation) ?? Infinity;
  }

  async #present(generation: number, client: "owner" | "other"): Promise<number> {
    const answer = await this.#post(generation, client);
    const outcome = this.#model.present(generation, { client }, this.world.clock());
    if (outcome.kind === "invalid_grant") {
      expectSame("answer", answer.error, "invalid_grant");
      return generation;
    }
    this.#learn(answer, this.#model.newest);
    return this.#model.newest;
  }

  #learn(answer: Reply, generation: number): void {
    expectSame("status", answer.status, 200);
    this.#tokens[generation] ??= answer.refreshToken;
    expectSame("refresh token", answer.refreshToken, this.#tokens[generation]);
  }

  async #post(
    generation: number,
    client: string,
    extra: Readonly<Record<string, string>> = {},
    process = 0,
  ): Promise<Reply> {
    const { processes } = this.world;
    const server = processes[process % processes.length]?.server;
    const response = await fetch(`${server?.url}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: client,
        refresh_token: this.#tokens[generation] ?? "",
        ...extra,
      }),
    });
    const body = (await response.json()) as { error?: string; refresh_token?: string };
    return { status: response.status, error: body.error, refreshToken: body.refresh_token };
  }
}

interface Reply {
  readonly status: number;
  readonly error: string | undefined;
  readonly refreshToken: string | undefined;
}

async function signIn({ processes }: RefreshWorld): Promise<string> {
  const provider = processes[0]?.server.provider as unknown as Provider;
  const grant = new provider.Grant({ accountId: "alice", clientId: "owner" });
  grant.addResourceScope(RESOURCE, "mcp:read");
  const client = await provider.Client.find("owner");
  if (client === undefined) throw new Error("no client");
  const token = new provider.RefreshToken({
    accountId: "alice",
    client,
    grantId: await grant.save(),
    gty: "authorization_code",
    resource: RESOURCE,
    scope: "mcp:read",
  });
  return token.save();
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    throw new Error(`${what} is ${String(actual)}, and the model says ${String(expected)}`);
  }
}
