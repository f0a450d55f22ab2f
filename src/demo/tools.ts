import { MCPTool } from "mcp-framework";
import { z } from "zod";
import { getAccessToken } from "../index.js";

/** Returns the user and the client of the access token. */
export class WhoAmI extends MCPTool {
  name = "whoami";
  description = "Returns the user, the client and the scopes of the access token";
  schema = z.object({});

  execute(): Promise<object> {
    const token = getAccessToken();
    return Promise.resolve({
      subject: token?.subject,
      client: token?.clientId,
      scopes: token?.scopes,
    });
  }
}

/** One list of notes per user: shows isolation. */
export class Notes extends MCPTool {
  name = "notes";
  description = "Shows only your notes";
  schema = z.object({
    add: z.string().optional().describe("A note to add first"),
  });
  readonly #notes = new Map<string, string[]>();

  execute({ add }: { add?: string | undefined }): Promise<string[]> {
    const owner = getAccessToken()?.subject ?? "";
    const notes = this.#notes.get(owner) ?? [];
    if (add !== undefined) notes.push(add);
    this.#notes.set(owner, notes);
    return Promise.resolve(notes);
  }
}

/** A tool that requires a scope. */
export class EraseNotes extends MCPTool {
  name = "erase-notes";
  description = "Erases the notes of all users";
  scopes = ["notes:admin"];
  schema = z.object({});

  execute(): Promise<string> {
    return Promise.resolve("All notes are erased.");
  }
}
