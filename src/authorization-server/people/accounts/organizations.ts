import type { Account } from "./account.js";
import type { Application } from "../application.js";

/** An organization that an account belongs to. */
export interface Organization {
  /** The claim `org_id` of tokens. */
  readonly id: string;
  /** Shown on the consent page. */
  readonly name: string;
}

/** The organizations of an account, now. */
export type OrganizationsFunction = (
  account: Account,
) => readonly Organization[] | Promise<readonly Organization[]>;

/** Reads memberships from the application. */
export class Organizations {
  constructor(
    private readonly option: OrganizationsFunction | undefined,
    private readonly application: Application,
  ) {}

  /** `undefined` if the server has no organizations. */
  async of(account: Account): Promise<readonly Organization[] | undefined> {
    const { option } = this;
    return option && (await this.application.call("organizations", () => option(account)));
  }

  /**
   * Whether a consent for this organization still counts.
   *
   * A consent without an organization, from before the server had any, does not count.
   */
  async isMember(account: Account, organization: string | undefined): Promise<boolean> {
    const all = await this.of(account);
    if (all === undefined) return organization === undefined;
    return all.some(({ id }) => id === organization);
  }
}
