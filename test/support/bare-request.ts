import { IncomingMessage } from "node:http";
import { Socket } from "node:net";

/** A request with this token, as `authenticate()` gets it when it is called bare. */
export function requestWith(token: string): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  req.method = "POST";
  req.url = "/mcp";
  req.headers = { authorization: `Bearer ${token}` };
  req.rawHeaders = ["Authorization", `Bearer ${token}`];
  return req;
}
