import { withDeadline } from "../net/deadline.js";
import type { Dependencies, IntrospectionDependency, KeySetDependency } from "./dependencies.js";

/**
 * - `ok`: tokens can be validated, and all dependencies work.
 * - `degraded`: tokens can be validated, but with stale keys or not for every issuer.
 * - `unavailable`: no token can be validated now.
 */
type HealthStatus = "ok" | "degraded" | "unavailable";

/** The state of one authorization server. */
interface IssuerHealth {
  readonly issuer: string;
  /** What is fetched from the issuer. */
  readonly needs: "keys" | "introspection";
  /** `stale`: unreachable and its last valid keys are in use, or it has withdrawn all its keys. */
  readonly state: "ok" | "stale" | "unavailable";
  readonly keyAgeSeconds?: number;
  /** Why it is not `ok`: a reason of docs/reference/reasons.md. */
  readonly lastError?: string;
}

/** The result of `provider.health()`. Contains issuers, so do not publish it. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly issuers: readonly IssuerHealth[];
  /** Absent without a shared store. */
  readonly store?: "ok" | "unavailable";
  readonly openSessions: number;
  /** `enabled` is `false`: every request is let through. Absent otherwise. */
  readonly authentication?: "off";
}

/** A probe must be answered before its own timeout. */
const DEADLINE_SECONDS = 3;

/**
 * Reports the state of the dependencies. Loads key sets that were not needed
 * yet, within their own limits, so that "ok" means "would work now".
 */
export async function reportHealth(
  dependencies: Dependencies,
  probeStore: (() => Promise<boolean>) | undefined,
  openSessions: number,
): Promise<HealthReport> {
  const [keySets, storeWorks] = await Promise.all([
    Promise.all(dependencies.keySets.map(keySetHealth)),
    probeStore === undefined ? undefined : inTime(probeStore(), false),
  ]);
  const issuers = [...keySets, ...dependencies.introspections.map(introspectionHealth)];
  const canJudge =
    dependencies.hasLocalValidator ||
    issuers.length === 0 ||
    issuers.some(({ state }) => state !== "unavailable");
  const isWhole = issuers.every(({ state }) => state === "ok") && storeWorks !== false;
  return {
    status: canJudge ? (isWhole ? "ok" : "degraded") : "unavailable",
    issuers,
    ...(storeWorks !== undefined && { store: storeWorks ? "ok" : "unavailable" }),
    openSessions,
  };
}

async function keySetHealth({ issuer, load, status }: KeySetDependency): Promise<IssuerHealth> {
  await inTime(
    load().then(
      () => true,
      () => false,
    ),
    false,
  );
  const { ageSeconds, lastError } = status();
  return {
    issuer,
    needs: "keys",
    state: ageSeconds === undefined ? "unavailable" : lastError === undefined ? "ok" : "stale",
    ...(ageSeconds !== undefined && { keyAgeSeconds: Math.round(ageSeconds) }),
    ...(lastError !== undefined && { lastError }),
  };
}

function introspectionHealth({ issuer, status }: IntrospectionDependency): IssuerHealth {
  const { works, lastError } = status();
  return {
    issuer,
    needs: "introspection",
    // Not called yet, so assumed to work.
    state: works === false ? "unavailable" : "ok",
    ...(lastError !== undefined && { lastError }),
  };
}

function inTime<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return withDeadline(
    () => work,
    DEADLINE_SECONDS,
    () => new Error("late"),
  ).catch(() => otherwise);
}
