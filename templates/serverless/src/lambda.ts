import { createServer } from "./server.js";

/**
 * The handler for AWS Lambda, behind an API Gateway HTTP API or a function URL. Each request is
 * independent: there are no sessions. The provider handles CORS.
 */
export const handler = createServer(8080).createLambdaHandler({ cors: false });
