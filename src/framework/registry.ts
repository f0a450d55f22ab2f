import type { Protection } from "../gate/protection.js";

const protections = new WeakMap<object, Protection>();

/** Says what a provider protects its transports with. */
export function registerProtection(provider: object, protection: Protection): void {
  protections.set(provider, protection);
}

/** The protection of an `OAuthAuthProvider`; `undefined` for any other value. */
export function protectionOf(provider: unknown): Protection | undefined {
  return typeof provider === "object" && provider !== null ? protections.get(provider) : undefined;
}
