import { describe, expect, it } from "@jest/globals";
import { MemoryStore, type OAuthAuthProviderOptions, type Store } from "../../src/index.js";
import { createDPoPClient } from "../../src/testing/index.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, post } from "../support/mcp-request.js";
import { RESOURCE } from "../support/protected.js";
import { protectedSuite } from "../support/protected-suite.js";

/*
 * What a request costs in round trips to the store: the numbers that
 * docs/guides/scaling.md reckons with. Each method of a store is one.
 */

const suite = protectedSuite();
const { clock, issuer } = suite;
const client = createDPoPClient({ clock });
let trips: string[] = [];

/** Notes the name of each method that is called. */
function counting(store: Store): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      return (...args: unknown[]) => {
        trips.push(name);
        return (target[name] as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

const start = (options: Partial<OAuthAuthProviderOptions> = {}) =>
  suite.start({ store: counting(new MemoryStore({ clock })), ...options });

/** The round trips that one request takes. */
async function costOf(headers: Record<string, string>): Promise<readonly string[]> {
  trips = [];
  const response = await post(suite.running.url, INITIALIZE, headers);
  await response.body?.cancel();
  return [response.status === 200 ? "good" : "refused", ...trips];
}

describe("a request costs", () => {
  it("nothing more, with a Bearer token that was seen in the last five seconds", async () => {
    await start();
    const token = await issuer.sign();
    expect(await costOf(bearer(token))).toEqual(["good", "getMany"]);
    expect(await costOf(bearer(token))).toEqual(["good"]);
    clock.advance(4);
    expect(await costOf(bearer(token))).toEqual(["good"]);
    clock.advance(2);
    expect(await costOf(bearer(token))).toEqual(["good", "getMany"]);
  });

  it("one for the proof, with a DPoP token", async () => {
    await start();
    const token = await issuer.sign({ cnf: { jkt: client.jkt } });
    const proven = async () => ({
      Authorization: `DPoP ${token}`,
      DPoP: await client.proof({ method: "POST", url: RESOURCE, accessToken: token }),
    });
    expect(await costOf(await proven())).toEqual(["good", "add", "getMany"]);
    expect(await costOf(await proven())).toEqual(["good", "add"]);
  });

  it("two the first time, with an introspected token, and then nothing for a minute", async () => {
    await start({
      introspection: { clientId: "mcp", clientSecret: "secret" },
      storeEncryptionKeys: [{ id: "1", secret: Buffer.alloc(32, 7) }],
    });
    const token = issuer.opaque();
    expect(await costOf(bearer(token))).toEqual(["good", "get", "set", "getMany"]);
    expect(await costOf(bearer(token))).toEqual(["good"]);
    clock.advance(30);
    expect(await costOf(bearer(token))).toEqual(["good", "getMany"]);
  });

  it("nothing with a bad token: known keys decide about it here", async () => {
    await start();
    const bad = await issuer.signWithWrongKey();
    for (let index = 0; index < 12; index++) {
      expect(await costOf(bearer(bad))).toEqual(["refused"]);
    }
    expect(await costOf({})).toEqual(["refused"]);
  });

  it("one for each limit on good requests, until the limit is reached", async () => {
    await start({ rateLimit: { perPrincipal: 2 } });
    const token = await issuer.sign();
    expect(await costOf(bearer(token))).toEqual(["good", "getMany", "increment"]);
    expect(await costOf(bearer(token))).toEqual(["good", "increment"]);
    expect(await costOf(bearer(token))).toEqual(["refused"]);
  });
});
