import { isIP, type LookupFunction } from "node:net";
import { describe, expect, it, jest } from "@jest/globals";
import {
  createClientFetch,
  isPublicUrl,
} from "../../../../src/authorization-server/clients/client-fetch.js";
import { ClientUnavailableError } from "../../../../src/authorization-server/clients/client-unavailable.js";

const url = "https://client.example.com/c.json";

/** The fetch under test, its clock, and the requests that left it. */
function stage(respond: (url: string) => Response | Promise<Response>) {
  let now = 1_800_000_000;
  const send = jest.fn<typeof fetch>(async (input) => respond(input as string));
  const get = createClientFetch({ fetch: send, clock: () => now });
  return { get, send, advance: (seconds: number) => void (now += seconds) };
}

const json = (body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { headers });

describe("the fetch of client metadata documents", () => {
  it("normalizes a document that names itself, and nothing else", async () => {
    const own = { client_id: url, redirect_uris: ["http://127.0.0.1/cb"], scope: "" };
    const foreign = { client_id: "https://other.example.com/", scope: "" };
    expect(await (await stage(() => json(own)).get(url)).json()).toEqual({
      client_id: url,
      redirect_uris: ["http://127.0.0.1/cb"],
      application_type: "native",
      token_endpoint_auth_method: "none",
    });
    expect(await (await stage(() => json(foreign)).get(url)).json()).toEqual(foreign);
  });

  it("leaves a document of more than 5 KiB as it is, for oidc-provider to refuse", async () => {
    const large = { client_id: url, scope: "", x: "x".repeat(5_200) };
    expect(await (await stage(() => json(large)).get(url)).json()).toEqual(large);
  });

  it("reads a key set of more than 5 KiB", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => ({
      kid: `${index}`,
      n: "n".repeat(400),
    }));
    expect(await (await stage(() => json({ keys })).get(url)).json()).toEqual({ keys });
  });

  it("passes on other statuses and stops reading what does not end", async () => {
    const refused = stage(() => new Response("no", { status: 404 }));
    expect((await refused.get(url)).status).toBe(404);
    let pulled = 0;
    const endless = stage(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              pulled += 1;
              controller.enqueue(new Uint8Array(16 * 1024).fill(32));
            },
          }),
        ),
    );
    await endless.get(url);
    expect(pulled).toBeLessThan(8);
  });

  it("does not follow a redirect", async () => {
    const { get, send } = stage(
      () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1/" } }),
    );
    expect((await get(url)).status).toBe(404);
    expect(send.mock.calls[0]?.[1]).toMatchObject({ redirect: "manual" });
  });
});

describe("responses of a client's server", () => {
  it.each([
    [{ "cache-control": "public, max-age=120" }, 120],
    [{ "cache-control": "max-age=120", age: "30" }, 90],
    [{ "cache-control": "max-age=999999" }, 3600],
    [{ "cache-control": "no-store" }, 60],
    [{ "cache-control": "max-age=0" }, 60],
    [{ expires: new Date((1_800_000_000 + 600) * 1000).toUTCString() }, 600],
    [{}, 300],
  ])("with %j are used for %d seconds", async (headers, seconds) => {
    const { get, send, advance } = stage(() => json({ keys: [] }, headers));
    expect((await get(url)).headers.get("cache-control")).toBe(`max-age=${seconds}`);
    advance(seconds - 1);
    expect((await get(url)).headers.get("cache-control")).toBe("max-age=1");
    expect(send).toHaveBeenCalledTimes(1);
    advance(1);
    await get(url);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("are fetched once for concurrent requests", async () => {
    const { get, send } = stage(() => json({ keys: [] }));
    await Promise.all([get(url), get(url), get(url)]);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it.each([500, 503, 429])("are an outage with status %d, for ten seconds", async (status) => {
    let isDown = true;
    const { get, send, advance } = stage(() =>
      isDown ? new Response("", { status }) : json({ keys: [] }),
    );
    await expect(get(url)).rejects.toThrow(ClientUnavailableError);
    isDown = false;
    await expect(get(url)).rejects.toThrow("client.example.com, does not respond");
    expect(send).toHaveBeenCalledTimes(1);
    advance(10);
    expect((await get(url)).status).toBe(200);
  });

  it("are an outage when the connection fails, with a cause that quotes nothing", async () => {
    const { get } = stage(() => Promise.reject(new TypeError("fetch failed: hunter2")));
    const error: unknown = await get(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClientUnavailableError);
    expect(String((error as Error).cause)).not.toContain("hunter2");
  });

  it("are not awaited by more than 32 fetches at once", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { get } = stage(() => held.then(() => json({ keys: [] })));
    const waiting = Array.from({ length: 32 }, (_, index) => get(`https://c${index}.example.com/`));
    await expect(get("https://one-more.example.com/")).rejects.toThrow(ClientUnavailableError);
    const shared = get("https://c0.example.com/");
    release();
    expect((await Promise.all([...waiting, shared])).every(({ ok }) => ok)).toBe(true);
  });
});

describe("the default fetch", () => {
  const get = createClientFetch({ fetch: undefined, clock: () => 1_800_000_000 });

  it.each(["https://localhost/c", "https://127.0.0.1/c", "http://client.example.com/c"])(
    "refuses %s before any connection",
    async (address) => {
      await expect(get(address)).rejects.toThrow("must be an https URL with a public host name");
    },
  );

  it.each(["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1"])(
    "refuses a name that resolves to %s, and does not call it an outage",
    async (address) => {
      const lookup: LookupFunction = (_host, _options, callback) =>
        callback(null, [{ address, family: isIP(address) }]);
      const guarded = createClientFetch({ fetch: undefined, clock: () => 1_800_000_000, lookup });
      const error: unknown = await guarded(url).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain("resolves to an address that is refused");
      expect(error).not.toBeInstanceOf(ClientUnavailableError);
    },
  );

  it("reports a name that does not resolve as an outage", async () => {
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(Object.assign(new Error("no name"), { code: "EAI_AGAIN" }), "", 4);
    const guarded = createClientFetch({ fetch: undefined, clock: () => 1_800_000_000, lookup });
    await expect(guarded(url)).rejects.toThrow(ClientUnavailableError);
  });
});

describe("a URL that may be fetched", () => {
  it.each(["https://client.example.com/c", "https://localhost.example.com/c"])("%s", (id) => {
    expect(isPublicUrl(id)).toBe(true);
  });
});

describe("a URL that may not be fetched", () => {
  it.each([
    "http://client.example.com/c",
    "https://user@client.example.com/c",
    "https://localhost/c",
    "https://LOCALHOST./c",
    "https://a.localhost/c",
    "https://127.1/c",
    "https://0x7f000001/c",
    "https://169.254.169.254/c",
    "https://[::1]/c",
    "https://[fd00::1]/c",
    "no url",
  ])("%s", (id) => {
    expect(isPublicUrl(id)).toBe(false);
  });
});
