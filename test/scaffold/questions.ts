import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { describeWith } from "../support/describe-with.js";
import { startIssuer } from "./support/project.js";
import { outcome, type Workshop } from "./support/workshop.js";

const SLOW = 120_000;
const PTY = join(import.meta.dirname, "support/at-terminal.py");
const UP = "\u001b[A";
const ENTER = "\r";
const CTRL_C = "\u0003";
const PYTHON = { command: "python3", probe: ["-c", "import pty"] };

/** What to wait for, and the keys that are pressed then, one by one. */
type Step = readonly [text: string, keys: readonly string[]];

interface Session {
  readonly status: number;
  readonly output: string;
  /** Steps that never came. */
  readonly left: readonly string[];
}

/** The questions, asked at a real terminal. */
export function questionTests(workshop: Workshop): void {
  async function atTerminal(cwd: string, args: readonly string[], steps: readonly Step[]) {
    const { status, stdout, stderr } = await outcome(
      "python3",
      [PTY, JSON.stringify(steps), process.execPath, workshop.bin, ...args],
      cwd,
      { TERM: "xterm-256color" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout) as Session;
  }
  const keys = (text: string) => [...text];

  describeWith(PYTHON, "the questions at a terminal", () => {
    it(
      "create asks for name, provider, issuer and address, and tries the issuer while one types",
      async () => {
        const issuer = await startIssuer({ resource: "http://localhost:8080/mcp" });
        const folder = workshop.folder();
        const session = await atTerminal(
          folder,
          ["create", "--no-install"],
          [
            ["What is the project called?", [...keys("demo"), ENTER]],
            ["Which authorization server issues the access tokens?", [UP, ENTER]],
            ["The issuer (", keys(issuer.issuer)],
            // Nothing was entered yet.
            [`found: ${issuer.issuer}`, [ENTER]],
            ["The URL of this server", [ENTER]],
          ],
        );
        await issuer.close();
        expect(session.left).toEqual([]);
        expect(session.status).toBe(0);
        expect(session.output).toContain("Created demo");
        const env = readFileSync(join(folder, "demo/.env"), "utf8");
        expect(env).toContain(`OAUTH_ISSUER=${issuer.issuer}\n`);
        expect(env).toContain("OAUTH_RESOURCE=http://localhost:8080/mcp\n");
      },
      SLOW,
    );

    it(
      "create says what is wrong with an answer, and goes on asking",
      async () => {
        const folder = workshop.folder();
        const session = await atTerminal(
          folder,
          ["create", "--no-install", "--provider=other"],
          [
            ["What is the project called?", [...keys("My Server"), ENTER]],
            ["lowercase letters", [CTRL_C]],
          ],
        );
        expect(session).toMatchObject({ status: 1, left: [] });
        expect(session.output).toContain("Cancelled; nothing was written.");
        expect(existsSync(join(folder, "My Server"))).toBe(false);
      },
      SLOW,
    );

    it(
      "init asks before it writes",
      async () => {
        const project = workshop.folder();
        mkdirSync(join(project, "src"));
        const source = join(project, "src/index.ts");
        const before =
          'import { MCPServer } from "mcp-framework";\n\nconst server = new MCPServer({\n' +
          '  transport: { type: "http-stream", options: { port: 8080 } },\n});\nserver.start();\n';
        writeFileSync(source, before);
        writeFileSync(
          join(project, "package.json"),
          '{\n  "dependencies": {\n    "mcp-framework": "^0.2.22"\n  }\n}\n',
        );
        workshop.equip(project);
        const no = await atTerminal(project, ["init"], [["Write these changes", ["n"]]]);
        expect(no.status).toBe(1);
        expect(readFileSync(source, "utf8")).toBe(before);
        const yes = await atTerminal(project, ["init"], [["Write these changes", ["y"]]]);
        expect(yes.status).toBe(0);
        expect(readFileSync(source, "utf8")).toContain("mcp-framework-oauth");
      },
      SLOW,
    );
  });
}
