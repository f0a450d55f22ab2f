import { afterEach } from "@jest/globals";

const before = process.env["NODE_ENV"];

afterEach(() => {
  process.env["NODE_ENV"] = before;
});

/** Sets NODE_ENV until the end of the test. */
export function setNodeEnv(value: string): void {
  process.env["NODE_ENV"] = value;
}
