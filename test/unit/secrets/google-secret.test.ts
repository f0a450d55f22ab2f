import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { inspect } from "node:util";
import { checkGoogleClient, GoogleSecrets } from "../../../src/secrets/google-secret.js";
import { startSecretManager } from "../../support/secret-manager.js";

const VERSION = "projects/p/secrets/oauth/versions/latest";

let manager: Awaited<ReturnType<typeof startSecretManager>>;
beforeAll(async () => {
  manager = await startSecretManager();
});
afterAll(() => manager.close());

describe("a secret in Google Secret Manager", () => {
  it.each([
    ["hunter2", "hunter2"],
    ["hunter2\n", "hunter2"],
    ["pässwörd", "pässwörd"],
  ])("is read by Google's own client: %j", async (stored, secret) => {
    manager.answers.set(VERSION, { secret: stored });
    const google = new GoogleSecrets(manager.clientOptions);
    await expect(google.read(VERSION)).resolves.toBe(secret);
    const request = manager.requests.at(-1);
    expect(request?.path).toBe(`/v1/${VERSION}:access`);
    expect(request?.authorization).toMatch(/^Bearer /);
  });

  it.each<[string, number, string, string]>([
    ["is not there", 404, "NOT_FOUND", "secret_not_found"],
    ["may not be read", 403, "PERMISSION_DENIED", "secret_access_denied"],
    ["is disabled", 400, "FAILED_PRECONDITION", "secret_version_unusable"],
  ])("that %s is an outage with a reason", async (_name, status, code, reason) => {
    manager.answers.set(VERSION, { status, code });
    const error: unknown = await new GoogleSecrets(manager.clientOptions)
      .read(VERSION)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "UnavailableError", reason });
    const advice = /grant roles\/secretmanager.secretAccessor/.test(inspect(error));
    expect(advice).toBe(reason === "secret_access_denied");
    expect(inspect(error, { depth: 9 })).not.toMatch(/projects\/p|Bearer/);
  });

  it("that is empty is an outage", async () => {
    manager.answers.set(VERSION, { secret: "\n" });
    await expect(new GoogleSecrets(manager.clientOptions).read(VERSION)).rejects.toMatchObject({
      reason: "secret_empty",
    });
  });

  it("behind a service that is away is an outage, and comes back with it", async () => {
    const away = await startSecretManager();
    const google = new GoogleSecrets(away.clientOptions);
    away.answers.set(VERSION, { status: 500, code: "INTERNAL" });
    await expect(google.read(VERSION)).rejects.toMatchObject({
      name: "UnavailableError",
      reason: "secret_manager_unreachable",
    });
    away.answers.set(VERSION, { secret: "back" });
    await expect(google.read(VERSION)).resolves.toBe("back");
    await away.close();
  });
});

describe("checkGoogleClient", () => {
  it("is content where the client is installed", () => {
    expect(() => checkGoogleClient("OAUTH_CLIENT_SECRET")).not.toThrow();
  });

  it("names the variable and the cure where it is not", () => {
    const missing = () => {
      throw new Error("Cannot find module");
    };
    expect(() => checkGoogleClient("OAUTH_CLIENT_SECRET", missing)).toThrow(
      /OAUTH_CLIENT_SECRET.*npm install @google-cloud\/secret-manager/,
    );
  });
});
