import type { Provider } from "oidc-provider";

interface WithOrganization {
  organization?: string;
}

/**
 * Lets grants carry an organization. oidc-provider stores only the members of a
 * model that this list names.
 */
export function storeOrganizations({ Grant }: Provider): void {
  const names = (Grant as unknown as { IN_PAYLOAD: readonly string[] }).IN_PAYLOAD;
  if (names.includes("organization")) return;
  Object.defineProperty(Grant, "IN_PAYLOAD", { get: () => [...names, "organization"] });
}

/** The organization that the consent was given for. */
export function organizationOf(grant: object | undefined): string | undefined {
  return (grant as WithOrganization | undefined)?.organization;
}

export function setOrganization(grant: object, organization: string | undefined): void {
  if (organization !== undefined) (grant as WithOrganization).organization = organization;
}
