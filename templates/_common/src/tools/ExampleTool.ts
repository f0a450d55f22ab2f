import { MCPTool, type MCPInput } from "mcp-framework";
import { getAccessToken } from "mcp-framework-oauth";
import { z } from "zod";

const schema = z.object({
  message: z.string().describe("What to say"),
});

class ExampleTool extends MCPTool {
  name = "example_tool";
  description = "Says something as the signed-in user";
  schema = schema;

  // A token without this scope does not see the tool. If it calls the tool, the answer is 403 with a
  // challenge, and the client asks the user for the scope.
  scopes = ["example:use"];

  async execute({ message }: MCPInput<this>) {
    const subject = getAccessToken()?.subject ?? "anonymous";
    return `${subject} says: ${message}`;
  }
}

export default ExampleTool;
