import type { OutputStream } from "./io.js";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const PATIENCE_MS = 1_000;
const FRAME_MS = 100;

export interface Progress {
  /** What is being done now. */
  update(text: string): void;
  /** Leaves no trace on the terminal. */
  stop(): void;
}

/**
 * Says on a terminal what is being done, once it has taken over a second.
 * Silent where standard error is no terminal: a log wants no animation.
 * Its timers keep no process alive.
 */
export function startProgress(stream: OutputStream, text: string): Progress {
  if (stream.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  let current = text;
  let frame = 0;
  let timer: NodeJS.Timeout = setTimeout(() => {
    timer = setInterval(draw, FRAME_MS);
    timer.unref();
    draw();
  }, PATIENCE_MS);
  timer.unref();
  const draw = () => {
    stream.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${current}`);
  };
  return {
    update: (next) => {
      current = next;
    },
    stop: () => {
      clearTimeout(timer);
      if (frame > 0) stream.write("\r\x1b[2K");
    },
  };
}
