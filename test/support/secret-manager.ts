import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer of the stand-in: a secret, or Google's error format. */
export type Answer =
  { readonly secret: string } | { readonly status: number; readonly code: string };

/**
 * Speaks the wire of Google Secret Manager: REST with protobuf's JSON mapping,
 * as documented for `projects.secrets.versions.access`.
 */
export async function startSecretManager(): Promise<{
  /** Options that bring Google's own client here, with credentials that need no network. */
  readonly clientOptions: Readonly<Record<string, unknown>>;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  readonly answers: Map<string, Answer | "hang">;
  close(): Promise<void>;
}> {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const answers = new Map<string, Answer | "hang">();
  const server = createServer((req, res) => {
    const path = (req.url ?? "").split("?")[0] ?? "";
    requests.push({ path, authorization: req.headers.authorization });
    const version = /^\/v1\/(.+):access$/.exec(path)?.[1] ?? "";
    const answer = answers.get(version) ?? { status: 404, code: "NOT_FOUND" };
    if (answer === "hang") return;
    const isError = "status" in answer;
    res.writeHead(isError ? answer.status : 200, { "content-type": "application/json" });
    res.end(
      JSON.stringify(
        isError
          ? {
              error: {
                code: answer.status,
                message: `${version}: ${answer.code}`,
                status: answer.code,
              },
            }
          : { name: version, payload: { data: Buffer.from(answer.secret).toString("base64") } },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    clientOptions: {
      apiEndpoint: "127.0.0.1",
      port,
      protocol: "http",
      projectId: "p",
      credentials: {
        client_email: "server@p.iam.gserviceaccount.com",
        private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      },
    },
    requests,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
