import { fileURLToPath } from "node:url";
import { runProcess, type ProcessOptions } from "./run-process.js";

export interface FrameworkCreateOptions extends ProcessOptions {
  readonly cors: boolean;
  readonly port: number;
  readonly example: boolean;
}

/**
 * mcp-framework's own `mcp create`, of the version that is installed beside
 * us. It makes the folder, the package.json and the git repository.
 */
export async function frameworkCreate(
  name: string,
  { cors, port, example, ...options }: FrameworkCreateOptions,
): Promise<void> {
  // Only "." is exported; the command line lies beside it.
  const cli = new URL("./cli/index.js", import.meta.resolve("mcp-framework"));
  const flags = [
    "--http",
    `--port=${port}`,
    "--no-install",
    ...(cors ? ["--cors"] : []),
    ...(example ? [] : ["--no-example"]),
  ];
  await runProcess(
    "mcp create",
    process.execPath,
    [fileURLToPath(cli), "create", name, ...flags],
    options,
  );
}
