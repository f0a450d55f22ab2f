/* An API Gateway HTTP API in front of a Lambda handler: node lambda-gateway.mjs dist/lambda.js */
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(process.argv[2]));

createServer((req, res) => {
  answer(req, res).catch((error) => {
    console.error(error);
    res.writeHead(502).end();
  });
}).listen(Number(process.env.PORT));

async function answer(req, res) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const { pathname, search } = new URL(req.url, `http://${req.headers.host}`);
  const result = await handler(
    {
      version: "2.0",
      routeKey: "$default",
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: { ...req.headers, "x-forwarded-proto": "http" },
      requestContext: {
        domainName: req.headers.host,
        http: { method: req.method, path: pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks).toString("base64") }),
      isBase64Encoded: chunks.length > 0,
    },
    {},
  );
  const body = result.isBase64Encoded ? Buffer.from(result.body, "base64") : result.body;
  res.writeHead(result.statusCode, result.headers).end(body);
}
