import { styleText } from "node:util";
import { isCancel, TextPrompt } from "@clack/core";
import { S_BAR, S_BAR_END, symbol } from "@clack/prompts";
import type { OutboundFetch } from "../../../net/outbound-fetch.js";
import type { CliIo } from "../../terminal/io.js";
import { printable } from "../../terminal/printable.js";
import { issuerProblem } from "./answers.js";
import { tryIssuer, type IssuerTrial } from "./try-issuer.js";

const PAUSE_MS = 400;

/**
 * Asks for an issuer and, whenever the typing pauses, tries whether there is
 * an authorization server; the line below says what was found. An issuer that
 * does not answer can be entered all the same: it may not be up yet.
 *
 * Resolves with the issuer as its metadata spells it, or `undefined` when the
 * question was given up.
 */
export async function askIssuer(
  message: string,
  placeholder: string,
  fetch: OutboundFetch,
  io: CliIo,
): Promise<string | undefined> {
  let tried = "";
  let trial: IssuerTrial | "trying" | undefined;
  let pause: NodeJS.Timeout | undefined;

  const attempt = async (typed: string) => {
    tried = typed;
    trial = "trying";
    redraw();
    const result = await tryIssuer(typed, fetch);
    // Something else was typed meanwhile: this answer is about the past.
    if (tried !== typed) return;
    trial = result;
    redraw();
  };
  // A prompt can only be redrawn by a resize event.
  const redraw = () => void io.stdout.emit("resize");

  const prompt = new TextPrompt({
    input: io.stdin as NodeJS.ReadStream,
    output: io.stdout as NodeJS.WriteStream,
    placeholder,
    validate: (typed = "") => issuerProblem(typed.trim()),
    render() {
      const head = `${styleText("gray", S_BAR)}\n${symbol(this.state)}  ${message}\n`;
      const bar = `${styleText("cyan", S_BAR)}  `;
      if (this.state === "submit" || this.state === "cancel") {
        return `${head}${styleText("gray", S_BAR)}  ${styleText("dim", this.value ?? "")}`;
      }
      const typed =
        this.userInput === "" ? styleText("dim", placeholder) : this.userInputWithCursor;
      const hint = this.state === "error" ? styleText("yellow", this.error) : hintOf(trial);
      return `${head}${bar}${typed}\n${styleText("cyan", S_BAR_END)}  ${hint}\n`;
    },
  });
  prompt.on("userInput", (input) => {
    const typed = input.trim();
    clearTimeout(pause);
    if (typed === tried) return;
    tried = "";
    trial = undefined;
    if (issuerProblem(typed) !== undefined) return;
    pause = setTimeout(() => void attempt(typed), PAUSE_MS);
    pause.unref();
  });
  const answer = await prompt.prompt();
  clearTimeout(pause);
  if (isCancel(answer) || answer === undefined) return undefined;
  const issuer = answer.trim();
  const final = await tryIssuer(issuer, fetch);
  return final.ok ? final.issuer : issuer;
}

function hintOf(trial: IssuerTrial | "trying" | undefined): string {
  if (trial === undefined) return "";
  if (trial === "trying") return styleText("dim", "looking for its metadata …");
  if (!trial.ok) return styleText("yellow", `! ${trial.reason}`);
  return styleText("green", `✓ found: ${printable(trial.issuer)}`);
}
