import { CliError } from "../cli-error.js";
import type { CliIo } from "../io.js";
import { npm } from "./run-process.js";

/**
 * Installs and builds what was just created. What fails here can be done again:
 * the project itself is there, and the error says so.
 *
 * @throws CliError
 */
export async function installProject(
  name: string,
  folder: string,
  { env, note }: Pick<CliIo, "env" | "note">,
  onStep: (step: string) => void,
): Promise<void> {
  const inProject = { cwd: folder, env, note };
  try {
    onStep("installing (npm install)");
    await npm(["install", "--no-audit", "--no-fund"], inProject);
    onStep("building (npm run build)");
    await npm(["run", "build"], inProject);
  } catch (cause) {
    if (!(cause instanceof CliError)) throw cause;
    const goOn = `${name === "." ? "" : `cd ${name} && `}npm install && npm run build`;
    throw new CliError(
      cause.message,
      `${cause.cure ?? ""} The project is created; once that is mended, go on with: ${goOn}`.trim(),
      cause.exitStatus,
      { cause },
    );
  }
}
