import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionsFromEnv } from "../../../src/options/environment/options-from-env.js";
import { resolveWith } from "../../../src/options/resolve-environment.js";
import { GoogleSecrets } from "../../../src/secrets/google-secret.js";
import { startSecretManager } from "../../support/secret-manager.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const version = (name: string) => `projects/p/secrets/${name}/versions/latest`;
const reference = (name: string) => `gcp-secret-manager:${version(name)}`;

let manager: Awaited<ReturnType<typeof startSecretManager>>;
beforeAll(async () => {
  manager = await startSecretManager();
});
afterAll(() => manager.close());

const resolve = (env: Record<string, string>) =>
  resolveWith(env, new GoogleSecrets(manager.clientOptions));

const ENV = { OAUTH_RESOURCE: "https://mcp.example.com/mcp", OTHER: reference("other") };

describe("settings in Google Secret Manager", () => {
  it("are issuer, audience and key set, as stored with echo", async () => {
    manager.answers.set(version("jwt-issuer"), { secret: "https://auth.example.com\n" });
    manager.answers.set(version("jwt-audience"), { secret: "my-server\n" });
    manager.answers.set(version("jwt-jwks-uri"), { secret: "https://auth.example.com/jwks\n" });
    manager.answers.set(version("tokens"), { secret: "a=b" });
    const env = await resolve({
      ...ENV,
      OAUTH_ISSUER: reference("jwt-issuer"),
      OAUTH_AUDIENCE: reference("jwt-audience"),
      OAUTH_JWKS_URI: reference("jwt-jwks-uri"),
      // Followed while the server runs.
      OAUTH_CLIENT_SECRET: reference("client-secret"),
      OAUTH_CLIENT_ID: "mcp",
    });
    expect(env).toMatchObject({
      OTHER: ENV.OTHER,
      OAUTH_CLIENT_SECRET: reference("client-secret"),
    });
    expect(optionsFromEnv(env)).toMatchObject({
      authorizationServers: ["https://auth.example.com"],
      validation: [
        { type: "jwt", audience: ["my-server"], jwksUri: "https://auth.example.com/jwks" },
        { type: "introspection", introspection: { clientSecret: expect.any(Function) } },
      ],
    });
  });

  it("that may not be read are an error with the command that grants access", async () => {
    manager.answers.set(version("denied"), { status: 403, code: "PERMISSION_DENIED" });
    await expect(resolve({ ...ENV, OAUTH_ISSUER: reference("denied") })).rejects.toThrow(
      "OAUTH_ISSUER: this process may not read the secret denied of the project p. Grant it access: " +
        "gcloud secrets add-iam-policy-binding denied --project=p " +
        "--member=serviceAccount:ACCOUNT --role=roles/secretmanager.secretAccessor",
    );
  });

  it("that do not exist are an error with the command that creates them", async () => {
    await expect(resolve({ ...ENV, OAUTH_ISSUER: reference("nowhere") })).rejects.toThrow(
      /OAUTH_ISSUER: the project p has no version latest of a secret nowhere; .*gcloud secrets create nowhere/,
    );
  });

  it("are an outage while Google fails, and nothing is read as empty", async () => {
    manager.answers.set(version("away"), { status: 500, code: "INTERNAL" });
    await expect(resolve({ ...ENV, OAUTH_ISSUER: reference("away") })).rejects.toMatchObject({
      name: "UnavailableError",
      reason: "secret_manager_unreachable",
    });
  });

  it("cannot point to a file or another variable", async () => {
    manager.answers.set(version("chain"), { secret: "file:/etc/passwd" });
    await expect(resolve({ ...ENV, OAUTH_ISSUER: reference("chain") })).rejects.toThrow(
      /OAUTH_ISSUER refers to a setting that is itself a reference/,
    );
  });

  it("are an error without resolveEnvironment, which the message names", () => {
    const read = () => optionsFromEnv({ ...ENV, OAUTH_ISSUER: reference("jwt-issuer") });
    expect(read).toThrow(/OAUTH_ISSUER .*fromEnv\(await resolveEnvironment\(\)\)/);
  });
});

describe("settings in a file or another variable", () => {
  it("are read at start", () => {
    const path = join(temporaryFolder(), "issuer");
    writeFileSync(path, "https://auth.example.com\n", { mode: 0o600 });
    const env = {
      ...ENV,
      OAUTH_ISSUER: `file:${path}`,
      OAUTH_AUDIENCE: "env:AUDIENCE",
      AUDIENCE: "a",
    };
    expect(optionsFromEnv(env)).toMatchObject({
      authorizationServers: ["https://auth.example.com"],
      validation: [{ audience: ["a"] }],
    });
    expect(() => optionsFromEnv({ ...env, OAUTH_AUDIENCE: "env:NOWHERE" })).toThrow(
      /OAUTH_AUDIENCE/,
    );
  });
});
