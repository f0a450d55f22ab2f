import type { Provider } from "oidc-provider";
import type { Records } from "../../grants/records.js";
import type { Revoker } from "../../grants/revoker.js";
import type { OpenRecord } from "../../storage/sealed-storage.js";
import { IDENTITY_SCOPES } from "../../options.js";
import type { ResourceCatalogue } from "../../resources.js";
import { describeName } from "../interactions/describe-request.js";
import type { AppsView, ScopeView } from "../pages/views.js";

type App = AppsView["apps"][number];

export interface ConnectedAppsParts {
  readonly provider: Provider;
  readonly records: Records;
  readonly revoker: Revoker;
  readonly catalogue: ResourceCatalogue;
}

/** The part of a stored grant that this page reads. */
interface StoredGrant {
  readonly jti: string;
  readonly clientId: string;
  readonly iat: number;
  readonly openid?: { readonly scope?: string };
  readonly resources?: Readonly<Record<string, string>>;
  readonly organization?: string;
}

const TOKENS = new Set(["AccessToken", "RefreshToken"]);

/** The clients that have access to an account: one entry each, however many consents they have. */
export async function findApps(
  parts: ConnectedAppsParts,
  accountId: string,
): Promise<readonly App[]> {
  const records = await parts.records.findBy("account", accountId);
  const byClient = new Map<string, StoredGrant[]>();
  for (const grant of grantsIn(records)) {
    byClient.set(grant.clientId, [...(byClient.get(grant.clientId) ?? []), grant]);
  }
  return Promise.all(
    [...byClient].map(async ([clientId, grants]) => {
      const client = await parts.provider.Client.find(clientId);
      const lastUsed = latestUse(records, new Set(grants.map(({ jti }) => jti)));
      return {
        ...describeName(clientId, client?.clientName),
        scopes: scopesOf(grants, parts.catalogue),
        organizations: unique(grants.flatMap(({ organization }) => organization ?? [])),
        since: toIso(Math.min(...grants.map(({ iat }) => iat))),
        ...(lastUsed !== undefined && { lastUsed: toIso(lastUsed) }),
      };
    }),
  );
}

/** Revokes every consent that the account gave to a client, and all tokens under it. */
export async function revokeApp(
  { records, revoker }: ConnectedAppsParts,
  accountId: string,
  clientId: string,
): Promise<void> {
  const found = grantsIn(await records.findBy("account", accountId));
  for (const grant of found) if (grant.clientId === clientId) await revoker.revokeGrant(grant.jti);
}

function grantsIn(records: readonly OpenRecord[]): StoredGrant[] {
  return records
    .filter(({ kind }) => kind === "Grant")
    .map(({ payload }) => payload as unknown as StoredGrant);
}

function latestUse(records: readonly OpenRecord[], grantIds: ReadonlySet<unknown>) {
  const times = records
    .filter(({ kind, payload }) => TOKENS.has(kind) && grantIds.has(payload["grantId"]))
    .map(({ createdAt }) => createdAt);
  return times.length === 0 ? undefined : Math.max(...times);
}

function scopesOf(grants: readonly StoredGrant[], catalogue: ResourceCatalogue): ScopeView[] {
  const described = new Map<string, string>();
  for (const { openid, resources = {} } of grants) {
    const identity: Readonly<Record<string, string>> = IDENTITY_SCOPES;
    for (const scope of openid?.scope?.split(" ") ?? []) {
      described.set(scope, identity[scope] ?? scope);
    }
    for (const [indicator, scopes] of Object.entries(resources)) {
      const texts = catalogue.find(indicator)?.scopes ?? {};
      for (const scope of scopes.split(" ")) described.set(scope, texts[scope] ?? scope);
    }
  }
  return [...described].map(([scope, description]) => ({ scope, description }));
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function toIso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
