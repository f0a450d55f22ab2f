import type { CheckId } from "../catalogue.js";
import { isReadableByPages } from "../document.js";
import type { ServerFacts } from "./authorization-server.js";
import type { Visit } from "../visit.js";

export const CLIENTS = ["claude", "chatgpt", "vscode", "inspector"] as const;
export type ClientName = (typeof CLIENTS)[number];

interface ClientNeeds {
  readonly name: string;
  /** Connects from its vendor's cloud, which cannot reach a private network. */
  readonly cloud: boolean;
  /** Runs in a web page, so CORS warnings are failures. */
  readonly page: boolean;
  /** Its redirect URIs, for registration by hand. */
  readonly redirectUris: readonly string[];
  /** Source of these facts. */
  readonly source: string;
}

/** Published or observed needs of clients, each with its source. */
const NEEDS: Readonly<Record<ClientName, ClientNeeds>> = {
  claude: {
    name: "Claude",
    cloud: true,
    page: false,
    redirectUris: [
      "https://claude.ai/api/mcp/auth_callback",
      "https://claude.com/api/mcp/auth_callback",
    ],
    source: "support.claude.com, article 11503834",
  },
  chatgpt: {
    name: "ChatGPT",
    cloud: true,
    page: false,
    redirectUris: [
      "https://chatgpt.com/connector/oauth/… (ChatGPT shows the one of your connector)",
      "https://chatgpt.com/connector_platform_oauth_redirect (older connectors)",
    ],
    source: "developers.openai.com/apps-sdk/build/auth",
  },
  vscode: {
    name: "VS Code",
    cloud: false,
    page: false,
    redirectUris: ["https://vscode.dev/redirect", "http://127.0.0.1:33418/", "http://127.0.0.1/"],
    source: "github.com/microsoft/vscode/issues/278512",
  },
  inspector: {
    name: "MCP Inspector",
    cloud: false,
    page: true,
    redirectUris: ["http://localhost:6274/oauth/callback"],
    source: "github.com/modelcontextprotocol/inspector/issues/995",
  },
};

/** Checks that matter only for a client in a web page. */
const PAGE_NEEDS: readonly CheckId[] = [
  "cors-preflight",
  "cors-expose",
  "resource-metadata-cors",
  "scopes-supported",
];

/** Checks the needs of one client in addition to the general checks. */
export function checkClient(
  visit: Visit,
  client: ClientName,
  { isPrivate, server }: { isPrivate: boolean; server: ServerFacts | undefined },
): void {
  const { findings, url } = visit;
  const needs = NEEDS[client];

  if (needs.cloud) {
    if (isPrivate) {
      findings.fail(
        "client-reach",
        `${needs.name} connects from its vendor's cloud, which cannot reach ${url.hostname} (${needs.source}).`,
      );
    } else if (url.protocol !== "https:") {
      findings.fail("client-reach", `${needs.name} connects by https only (${needs.source}).`);
    } else {
      findings.pass("client-reach", "A public name and https.");
    }
  }
  if (server === undefined) return;
  if (server.canRegister) findings.pass("client-registration", "Registration is supported.");
  else {
    findings.warn(
      "client-registration",
      `${needs.name} needs a client id entered by hand.`,
      `Register it with the redirect URIs ${needs.redirectUris.join(", ")} (${needs.source}).`,
    );
  }
  if (!needs.page) return;
  for (const check of PAGE_NEEDS) findings.escalate(check, `${needs.name} runs in a page.`);
  if (isReadableByPages(server.document.headers))
    findings.pass("client-server-cors", "The metadata allows CORS.");
  else {
    findings.fail(
      "client-server-cors",
      `${server.document.url} has no Access-Control-Allow-Origin: ${needs.name} authorizes from its page, even if it connects through its proxy (${needs.source}).`,
    );
  }
}
