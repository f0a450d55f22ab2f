import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "@jest/globals";

const PROGRAM = fileURLToPath(new URL("../support/short-process.ts", import.meta.url));
const LOADER = new URL("../support/typescript-loader.mjs", import.meta.url).href;

let child: ChildProcess;
afterEach(() => {
  child.kill("SIGKILL");
});

/* A timer or a socket that is left behind would keep the process, and this test, from ending. */
it.each(["close", "stop"])(
  "a process whose server was stopped ends by itself: %s",
  async (how) => {
    child = spawn(process.execPath, ["--no-warnings", "--import", LOADER, PROGRAM, how], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(child, "exit");
    expect(await text(child.stdout!)).toBe("stopped\n");
    expect(await exited).toEqual([0, null]);
  },
  60_000,
);
