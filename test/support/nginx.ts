import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "./temporary/folder.js";

export const NGINX = { command: "nginx", probe: ["-v"] };

export interface Nginx {
  stop(): Promise<void>;
}

/**
 * A real nginx in the foreground.
 *
 * @param configuration the text of its configuration; `files` are in the same folder, and `@/` is
 *   replaced with its path
 * @param port the promise resolves when this port accepts connections
 */
export async function startNginx(
  configuration: string,
  port: number,
  files: Readonly<Record<string, string>> = {},
): Promise<Nginx> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const path = join(folder, "nginx.conf");
  writeFileSync(path, configuration.replaceAll("@/", `${folder}/`));
  const args = [
    ...["-p", folder, "-c", path, "-e", "stderr"],
    ...["-g", `daemon off; master_process off; pid ${folder}/pid;`],
  ];
  const tested = spawnSync(NGINX.command, ["-t", ...args], { encoding: "utf8" });
  if (tested.status !== 0) throw new Error(`nginx refuses the configuration:\n${tested.stderr}`);
  const child = spawn(NGINX.command, args, { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error("nginx ended before it took connections");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { stop };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
