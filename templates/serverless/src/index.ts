import { existsSync } from "node:fs";
import { createServer } from "./server.js";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

// For local use; Lambda starts lambda.ts.
await createServer(Number(process.env.PORT ?? {{port}})).start();
