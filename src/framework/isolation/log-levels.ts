import type { Session } from "../../sessions/session.js";

/** RFC 5424 §6.2.1, least first. */
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** From which level on each session wants to have log messages. */
export class LogLevels {
  readonly #ofSession = new WeakMap<Session, string>();
  /** For sessions that never said. */
  readonly initial: string;
  /** What clients of transports that are not guarded have set. */
  elsewhere: string;

  constructor(initial: string) {
    this.initial = initial;
    this.elsewhere = initial;
  }

  set(session: Session, level: string): void {
    this.#ofSession.set(session, level);
  }

  of(session: Session): string {
    return this.#ofSession.get(session) ?? this.initial;
  }

  /** Whether what a call says may go to its session: everything, unless the session said otherwise. */
  passes(session: Session | undefined, message: Message): boolean {
    const wanted = session && this.#ofSession.get(session);
    return wanted === undefined || !isLog(message) || isAtLeast(levelOf(message), wanted);
  }

  /** Whether what is said to everybody may go to this session. */
  passesAnnounced(session: Session, message: Message): boolean {
    return !isLog(message) || isAtLeast(levelOf(message), this.of(session));
  }
}

interface Message {
  readonly method?: string;
  readonly params?: unknown;
}

function isLog({ method }: Message): boolean {
  return method === "notifications/message";
}

function levelOf({ params }: Message): unknown {
  return (params as { level?: unknown } | undefined)?.level;
}

/** False for a level that does not exist. */
export function isAtLeast(level: unknown, wanted: string): boolean {
  return LEVELS.indexOf(level as string) >= LEVELS.indexOf(wanted);
}
