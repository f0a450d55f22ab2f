import { createServer } from "./server.js";

/**
 * The handler for AWS Lambda, behind an API Gateway HTTP API or a function URL. Each request stands
 * alone: there are no sessions. CORS is the provider's part.
 */
export const handler = createServer(8080).createLambdaHandler({ cors: false });
