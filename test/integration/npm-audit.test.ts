import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from "../support/hostile-server.js";

/*
 * scripts/audit.mjs, a step of .ci/run, with a real npm against registries that
 * answer audits, and against some that do not.
 */

let registry: HostileServer | undefined;
afterEach(() => registry?.close());

/** What the registry says of a package when asked which versions a finding concerns. */
const VERSIONS = {
  name: "jose",
  versions: { "6.0.0": { name: "jose", version: "6.0.0" } },
  "dist-tags": { latest: "6.0.0" },
};

async function audit(answer: Behaviour): Promise<{ status: number | null; said: string }> {
  registry = await startHostileServer(({ url }) => {
    if (url.endsWith("/advisories/bulk")) return answer;
    return url === "/jose" ? { kind: "json", body: VERSIONS } : { kind: "answer", status: 404 };
  });
  const child = spawn(process.execPath, ["scripts/audit.mjs"], {
    env: { ...process.env, npm_config_registry: registry.origin, npm_config_fetch_retries: "0" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const said = await text(child.stdout);
  return { status: await ended, said };
}

const FINDING = {
  id: 1,
  url: "https://advisories.example/1",
  title: "Accepts anything",
  severity: "low",
  vulnerable_versions: "*",
};

describe("the audit of what users install", () => {
  it("passes when nothing is known against it", async () => {
    const { status, said } = await audit({ kind: "json", body: {} });
    expect([status, said]).toEqual([0, "npm audit: nothing found\n"]);
  });

  it("fails on any finding, and names it", async () => {
    const { status, said } = await audit({ kind: "json", body: { jose: [FINDING] } });
    expect(status).toBe(1);
    expect(said).toMatch(/^low: jose /m);
  });

  it("says so when the registry does not answer audits", async () => {
    const { status, said } = await audit({ kind: "answer", status: 405 });
    expect(status).toBe(0);
    expect(said).toContain("NOT CHECKED, this registry does not answer audits (405)");
  });

  it.each<Behaviour>([{ kind: "answer", status: 503 }, { kind: "reset" }])(
    "fails when the registry could not be asked: $kind",
    async (answer) => {
      expect((await audit(answer)).status).toBe(1);
    },
  );
});
