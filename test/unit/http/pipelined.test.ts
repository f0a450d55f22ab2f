import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { closeWithConnection } from "../../../src/http/pipelined.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

it("responses that wait behind another close with their connection, once", async () => {
  const closed: number[] = [];
  const responses: ServerResponse[] = [];
  let all = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (all = resolve));
  const server = createServer((req, res) => {
    closeWithConnection(req, res);
    const number = responses.push(res);
    res.on("close", () => closed.push(number));
    // The first is answered, the second stands, two more wait behind it.
    if (number === 1) res.end();
    if (number === 4) all();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(GET.repeat(4));
  await arrived;
  socket.destroy();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (closed.length < 4) await turn();
  await turn();
  expect(closed.sort()).toEqual([1, 2, 3, 4]);
  expect(responses.slice(2).every(({ destroyed }) => destroyed)).toBe(true);
  server.close();
});
