import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "./describe-with.js";
import { temporaryFolder } from "./temporary/folder.js";

export interface TestCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  readonly der: Buffer;
}

/** For tests that make certificates. */
export function describeWithOpenssl(name: string, tests: () => void): void {
  describeWith({ command: "openssl", probe: ["version"] }, name, tests);
}

/**
 * A certificate for localhost with a new P-256 key, good for an hour or so:
 * self-signed, and an authority of its own, or issued by `issuer`.
 */
export function makeCertificate(commonName: string, issuer?: TestCertificate): TestCertificate {
  const directory = temporaryFolder();
  const file = (name: string) => join(directory, name);
  try {
    if (issuer !== undefined) {
      writeFileSync(file("ca.pem"), issuer.cert);
      writeFileSync(file("ca-key.pem"), issuer.key);
    }
    const { status, stderr } = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", file("key.pem"), "-out", file("cert.pem"), "-days", "1"],
      ...["-subj", `/CN=${commonName}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...(issuer === undefined ? [] : ["-CA", file("ca.pem"), "-CAkey", file("ca-key.pem")]),
    ]);
    if (status !== 0) throw new Error(`openssl failed:\n${stderr.toString()}`);
    const cert = readFileSync(file("cert.pem"), "utf8");
    return { key: readFileSync(file("key.pem"), "utf8"), cert, der: new X509Certificate(cert).raw };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
