import { describe, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  readonly der: Buffer;
}

/**
 * `describe` for tests that make certificates. Without the openssl command they
 * are skipped with a line that says so; in CI that is a failure.
 */
export function describeWithOpenssl(name: string, tests: () => void): void {
  if (spawnSync("openssl", ["version"]).status === 0) {
    describe(name, tests);
  } else if (process.env["CI"]) {
    describe(name, () => {
      it("needs the openssl command", () => {
        throw new Error("openssl is not installed; in CI these tests must run.");
      });
    });
  } else {
    console.warn(`Skipped "${name}": openssl is not installed (apt-get install openssl).`);
    describe.skip(name, tests);
  }
}

/** A self-signed certificate with a new P-256 key, good for an hour or so. */
export function makeCertificate(commonName: string): TestCertificate {
  const directory = mkdtempSync(join(tmpdir(), "certificate-test-"));
  try {
    const files = { key: join(directory, "key.pem"), cert: join(directory, "cert.pem") };
    const { status, stderr } = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", files.key, "-out", files.cert, "-days", "1", "-subj", `/CN=${commonName}`],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ]);
    if (status !== 0) throw new Error(`openssl failed:\n${stderr.toString()}`);
    const cert = readFileSync(files.cert, "utf8");
    return { key: readFileSync(files.key, "utf8"), cert, der: new X509Certificate(cert).raw };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
