import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createOutboundFetch } from "../../net/guarded-fetch.js";
import { OutboundError, type OutboundFetch } from "../../net/outbound-fetch.js";
import { CliError, EXIT, usageError, type ExitStatus } from "../cli-error.js";
import type { CliIo } from "../terminal/io.js";
import { printable, printableJson } from "../terminal/printable.js";
import { checkDocument } from "./check-document.js";
import { isFailure, RULES, type DocumentFinding } from "./rules.js";

export interface CimdOptions {
  readonly clientId?: string;
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly clientUri?: string;
  readonly logoUri?: string;
  readonly jwksUri?: string;
  readonly scope?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Recommended largest size, in bytes (§8.7). */
const RECOMMENDED_BYTES = 5 * 1024;

/** Prints a document, or writes it to a file; never one that `validate` would fail. */
export function runCreate(options: CimdOptions, io: CliIo): ExitStatus {
  const { clientId, name, redirectUri = [] } = options;
  if (clientId === undefined || name === undefined || redirectUri.length === 0) {
    throw usageError(
      "cimd create needs --client-id, --name and --redirect-uri.",
      "The client id is the https URL at which you will serve the document.",
    );
  }
  const document = {
    client_id: clientId,
    client_name: name,
    ...(options.clientUri !== undefined && { client_uri: options.clientUri }),
    ...(options.logoUri !== undefined && { logo_uri: options.logoUri }),
    redirect_uris: redirectUri,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: options.jwksUri === undefined ? "none" : "private_key_jwt",
    ...(options.jwksUri !== undefined && { jwks_uri: options.jwksUri }),
    ...(options.scope !== undefined && { scope: options.scope }),
  };
  const findings = checkDocument(document, clientId);
  const failure = findings.find(isFailure);
  if (failure !== undefined) throw usageError(failure.detail, RULES[failure.rule].cure);
  for (const { rule, detail } of findings) {
    io.note(printable(`warning: ${detail} ${RULES[rule].cure}`, 1_000));
  }
  const text = printableJson(document);
  if (options.out === undefined) {
    io.print(text);
    return EXIT.ok;
  }
  write(options.out, `${text}\n`, options.force === true, io);
  io.note(printable(`Wrote ${options.out}. Serve it at ${clientId} as application/json.`, 1_000));
  return EXIT.ok;
}

function write(file: string, text: string, isForced: boolean, io: CliIo): void {
  try {
    writeFileSync(resolve(io.cwd, file), text, { flag: isForced ? "w" : "wx" });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new CliError(
      exists ? `${file} exists.` : `${file} cannot be written.`,
      exists ? "Use another name, or --force to overwrite it." : "Check the folder.",
    );
  }
}

/** Checks a document as authorization servers do. */
export async function runValidate(
  target: string | undefined,
  options: CimdOptions,
  io: CliIo,
  fetch: OutboundFetch = createOutboundFetch({ env: io.env }),
): Promise<ExitStatus> {
  if (target === undefined) {
    throw usageError("cimd validate needs a URL or a file.", "Name the document.");
  }
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(target);
  const { text, findings: found } = isUrl ? await fetchText(target, fetch) : readText(target, io);
  const document = text === undefined ? undefined : parse(text);
  const clientId = isUrl ? target : (options.clientId ?? idOf(document));
  if (clientId === undefined) {
    throw usageError(`${target} has no client_id.`, "Set --client-id to the document's URL.");
  }
  const isTooLarge = text !== undefined && Buffer.byteLength(text) > RECOMMENDED_BYTES;
  const findings = [
    ...found,
    ...(isTooLarge
      ? [{ rule: "size", detail: `The document has ${Buffer.byteLength(text)} bytes.` } as const]
      : []),
    ...(text === undefined ? [] : checkDocument(document, clientId)),
  ];
  print({ target, clientId, findings }, options, io);
  return findings.some(isFailure) ? EXIT.failed : EXIT.ok;
}

interface Found {
  readonly text: string | undefined;
  readonly findings: readonly DocumentFinding[];
}

/** As an authorization server fetches it: public addresses only, no redirect, limited in time and size. */
async function fetchText(url: string, fetch: OutboundFetch): Promise<Found> {
  const refused = (detail: string): Found => ({
    text: undefined,
    findings: [{ rule: "served", detail }],
  });
  try {
    const response = await fetch(url, { headers: { accept: "application/json" } });
    if (response.status !== 200) return refused(`The URL answered with status ${response.status}.`);
    const type = response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
    const isJson = type === "application/json" || /^application\/.+\+json$/.test(type ?? "");
    const detail = `The content type is ${type ?? "missing"}.`;
    return {
      text: await response.text(),
      findings: isJson ? [] : [{ rule: "content-type", detail }],
    };
  } catch (error) {
    return refused(
      error instanceof OutboundError ? `${error.message}.` : "The URL cannot be reached.",
    );
  }
}

function readText(file: string, io: CliIo): Found {
  try {
    return { text: readFileSync(resolve(io.cwd, file), "utf8"), findings: [] };
  } catch {
    throw usageError(`${file} cannot be read.`, "Name a file, or a URL with https://.");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idOf(document: unknown): string | undefined {
  const id = (document as { readonly client_id?: unknown } | null | undefined)?.client_id;
  return typeof id === "string" ? id : undefined;
}

interface Report {
  readonly target: string;
  readonly clientId: string;
  readonly findings: readonly DocumentFinding[];
}

function print({ target, clientId, findings }: Report, { json }: CimdOptions, io: CliIo): void {
  const isValid = !findings.some(isFailure);
  if (json === true) {
    const rows = findings.map(({ rule, detail }) => ({ rule, ...RULES[rule], detail }));
    io.print(printableJson({ target, clientId, valid: isValid, findings: rows }));
    return;
  }
  const { style } = io;
  for (const { rule, detail } of findings) {
    const { level, cure, clause } = RULES[rule];
    const sign = level === "fail" ? style.bad("✗") : style.warning("!");
    io.print(`${sign} ${rule}: ${printable(detail, 1_000)}`);
    io.print(`  ${style.code("fix:")} ${cure} ${style.quiet(`(${clause})`)}`);
  }
  io.print(
    isValid
      ? style.good(`✓ ${printable(clientId)} can be used as a client id.`)
      : style.bad(`✗ Authorization servers will refuse ${printable(clientId)}.`),
  );
}
