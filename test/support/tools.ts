import { getRequestContext, MCPTool } from "mcp-framework";
import { z } from "zod";
import { getAccessToken } from "../../src/index.js";
import { turns } from "./turns.js";

/** Says who is asking, as two ways of asking see it. */
export class WhoAmI extends MCPTool {
  name = "whoami";
  description = "Says who is asking";
  schema = z.object({ turns: z.number().optional().describe("Turns of the event loop to wait") });

  async execute({ turns: count = 1 }: { turns?: number }): Promise<object> {
    const before = getAccessToken()?.subject;
    await turns(count);
    return { before, after: getAccessToken()?.subject, context: getRequestContext() };
  }
}

/** Waits until the test lets it go on, so that two calls surely overlap. */
export class Gate {
  #waiting: (() => void)[] = [];
  #arrived = 0;
  readonly #needed: number;
  constructor(needed: number) {
    this.#needed = needed;
  }
  async pass(): Promise<void> {
    this.#arrived++;
    if (this.#arrived >= this.#needed) {
      for (const go of this.#waiting) go();
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/**
 * The rendezvous of the tools below; a test sets it.
 *
 * `heard` resolves when the clients have received the tool's message.
 */
export const rendezvous: { gate: Gate; heard: Promise<void> } = {
  gate: new Gate(1),
  heard: Promise.resolve(),
};

/** Meets the other callers, then speaks to its own client in every way a tool can. */
export class Chatter extends MCPTool {
  name = "chatter";
  description = "Speaks to its client";
  schema = z.object({ say: z.string().describe("What to say") });

  async execute({ say }: { say: string }): Promise<object> {
    await rendezvous.gate.pass();
    await this.reportProgress(1, 1, say);
    await this.log("warning", say);
    // The SDK's client forgets a call's progress handler when the response arrives.
    await rendezvous.heard;
    return { said: say, subject: getAccessToken()?.subject };
  }
}

/** Meets the other callers, then asks its own client a question. */
export class Asker extends MCPTool {
  name = "asker";
  description = "Asks its client";
  schema = z.object({ question: z.string().describe("What to ask") });

  async execute({ question }: { question: string }): Promise<object> {
    await rendezvous.gate.pass();
    const sampled = await this.samplingRequest({
      messages: [{ role: "user", content: { type: "text", text: question } }],
      maxTokens: 10,
    });
    const elicited = await this.elicit(question, { answer: { type: "string" } });
    return { sampled: sampled.content, elicited: elicited.content };
  }
}
