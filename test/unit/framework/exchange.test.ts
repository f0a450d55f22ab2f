import { describe, expect, it } from "@jest/globals";

import {
  currentExchange,
  currentScope,
  isFrameworkAsking,
  runInExchange,
  runInScope,
  type Exchange,
} from "../../../src/framework/exchange.js";
import type { MessageScope } from "../../../src/framework/exchange.js";
import { ScopePolicy } from "../../../src/policy/scope-policy.js";
import { SessionRegistry } from "../../support/resolved.js";

const exchange = (sessions: SessionRegistry | undefined): Exchange => ({
  token: undefined,
  principal: undefined,
  body: undefined,
  policy: new ScopePolicy(),
  sessions,
  streaming: false,
});

describe("a question for the sender", () => {
  it("is mcp-framework's on serverless, until a message is handled", () => {
    const one = exchange(undefined);
    expect(isFrameworkAsking(one)).toBe(true);
    runInScope({ exchange: one } as MessageScope, () => undefined);
    expect(isFrameworkAsking(one)).toBe(false);
    expect(isFrameworkAsking(exchange(undefined))).toBe(true);
  });

  it("is not the framework's on sockets, where mcp-framework does not authenticate", () => {
    expect(isFrameworkAsking(exchange(new SessionRegistry()))).toBe(false);
  });
});

describe("code that runs for a request", () => {
  it("leaves the message it came from, for another request and for none", () => {
    const scope = { exchange: exchange(undefined) } as MessageScope;
    const other = exchange(undefined);
    runInScope(scope, () => {
      expect([currentExchange(), currentScope()]).toEqual([scope.exchange, scope]);
      runInExchange(other, () => {
        expect(currentExchange()).toBe(other);
        expect(currentScope()).toBeUndefined();
      });
      runInExchange(undefined, () => {
        expect([currentExchange(), currentScope()]).toEqual([undefined, undefined]);
      });
      expect(currentScope()).toBe(scope);
    });
  });
});
