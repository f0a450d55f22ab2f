import { MCPTool, type MCPInput } from "mcp-framework";
import { getAccessToken } from "mcp-framework-oauth";
import { z } from "zod";

const schema = z.object({
  message: z.string().describe("What to say"),
});

class ExampleTool extends MCPTool {
  name = "example_tool";
  description = "Says something in the name of whoever is signed in";
  schema = schema;

  // A token without this scope does not see the tool. Called all the same, the answer is 403 with a
  // challenge, and the client asks the user for more.
  scopes = ["example:use"];

  async execute({ message }: MCPInput<this>) {
    const subject = getAccessToken()?.subject ?? "somebody";
    return `${subject} says: ${message}`;
  }
}

export default ExampleTool;
