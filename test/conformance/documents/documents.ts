import type { SourceDocument } from "./demand.js";
import { fastMcpGuide } from "./fast-mcp-guide.js";
import { hardeningQuickstart } from "./hardening-quickstart.js";
import { implementationGuide } from "./implementation-guide.js";
import { mcpAuthGem } from "./mcp-auth-gem.js";
import { userStory } from "./user-story.js";

export const DOCUMENTS: readonly SourceDocument[] = [
  fastMcpGuide,
  hardeningQuickstart,
  implementationGuide,
  userStory,
  mcpAuthGem,
];

/** How many demands are open. May only become smaller. */
export const OPEN_DEMANDS = 0;
