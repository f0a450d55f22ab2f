import { describe, expect, it, jest } from "@jest/globals";
import {
  createDocumentFetch,
  isPublicHost,
} from "../../../../src/authorization-server/http/metadata-documents.js";

const url = "https://client.example.com/c.json";

describe("the fetch of client metadata documents", () => {
  it("does nothing where addresses cannot be checked", async () => {
    const fetch = createDocumentFetch(undefined);
    await expect(fetch(url, {})).rejects.toThrow("cannot be checked");
    await expect(fetch(url, { dispatcher: null } as object)).rejects.toThrow("cannot be checked");
  });

  it("normalises a document that names itself, and nothing else", async () => {
    const answers = [
      { client_id: url, redirect_uris: ["http://127.0.0.1/cb"], scope: "" },
      { client_id: "https://other.example.com/", scope: "" },
    ];
    const custom = jest.fn<typeof globalThis.fetch>(async () => Response.json(answers.shift()));
    const fetch = createDocumentFetch(custom);
    expect(await (await fetch(url)).json()).toEqual({
      client_id: url,
      redirect_uris: ["http://127.0.0.1/cb"],
      application_type: "native",
    });
    expect(await (await fetch(url)).json()).toEqual({
      client_id: "https://other.example.com/",
      scope: "",
    });
  });

  it("passes on other statuses and stops reading what does not end", async () => {
    const refused = createDocumentFetch(async () => new Response("no", { status: 404 }));
    expect((await refused(url)).status).toBe(404);
    let pulled = 0;
    const endless = createDocumentFetch(
      async () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              pulled += 1;
              controller.enqueue(new Uint8Array(1024).fill(32));
            },
          }),
        ),
    );
    await endless(url);
    expect(pulled).toBeLessThan(10);
  });
});

describe("a client id that may be fetched", () => {
  it.each(["https://client.example.com/c", "https://localhost.example.com/c"])("%s", (id) => {
    expect(isPublicHost(id)).toBe(true);
  });
});

describe("a client id that may not be fetched", () => {
  it.each([
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
    expect(isPublicHost(id)).toBe(false);
  });
});
