import { InvalidTokenError } from "../../src/core/errors.js";
import type { AccessToken } from "../../src/core/access-token.js";
import type { AuthEvent } from "../../src/core/auth-event.js";
import { createSender } from "../../src/wiring/create-sender.js";
import { Admission } from "../../src/gate/admission.js";
import { CorsPolicy, PUBLIC_DOCUMENT_CORS } from "../../src/gate/cors.js";
import { currentExchange } from "../../src/framework/exchange.js";
import { Health } from "../../src/gate/answers/health.js";
import { install } from "../../src/framework/install.js";
import { Protection } from "../../src/gate/protection.js";
import { MetadataMiddleware } from "../../src/gate/answers/metadata-middleware.js";
import { registerProtection } from "../../src/framework/registry.js";
import { ServerCatalogue } from "../../src/framework/server-catalogue.js";
import type { ScopeOptions } from "../../src/options/scopes.js";
import { ScopePolicy } from "../../src/policy/scope-policy.js";
import { Dependencies } from "../../src/telemetry/dependencies.js";
import { reportHealth } from "../../src/telemetry/health-report.js";
import { Faults } from "../../src/telemetry/faults.js";
import { Metrics } from "../../src/telemetry/metrics.js";
import { ResourceServer } from "../../src/gate/resource-server.js";
import type { SessionLimits } from "../../src/sessions/session.js";
import type { TaskLimits } from "../../src/sessions/task-limits.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { settings } from "./settings.js";

/** A provider that knows tokens by name: "alice" is Alice's token. Everything else is real. */
export function fakeProvider(
  tokens: Record<string, Partial<AccessToken>> = {},
  scopes: ScopeOptions = {},
  limits: { tasks?: Partial<TaskLimits>; sessions?: Partial<SessionLimits> } = {},
): { provider: object; events: AuthEvent[] } {
  const catalogue = new ServerCatalogue();
  const events: AuthEvent[] = [];
  const resource = "http://127.0.0.1:8080/mcp";
  const clock = () => Date.now() / 1000;
  const defaults = settings({ scopes });
  const sender = createSender(settings({ resource, dpop: "off" }), new MemoryStore(), clock);
  const server = new ResourceServer({
    possession: sender.possession,
    revocations: sender.revocations,
    validator: {
      validate: async (text) => {
        const fields = tokens[text];
        if (fields === undefined) throw new InvalidTokenError("custom_unknown");
        return {
          issuer: "https://as.example",
          subject: text,
          clientId: "client",
          audience: [resource],
          scopes: [],
          claims: { sub: text },
          ...fields,
        };
      },
    },
    policy: new ScopePolicy(defaults.scopes, (target) => catalogue.scopesOf(target)),
    targets: () => catalogue.targets(),
    resourceMetadata: "http://127.0.0.1:8080/.well-known/x",
    credentialHeader: "authorization",
    exposeToken: false,
    exposesReasons: false,
    clock,
  });
  const provider = {
    authenticate: () => Promise.resolve(currentExchange() !== undefined),
  };
  registerProtection(
    provider,
    new Protection({
      server,
      catalogue,
      documents: new MetadataMiddleware({
        resource,
        metadata: () => ({
          resource,
          authorization_servers: ["https://as.example"],
          bearer_methods_supported: ["header"],
        }),
        corsHeaders: PUBLIC_DOCUMENT_CORS,
        aliases: [],
        authorizationServerMetadata: undefined,
      }),
      cors: new CorsPolicy({
        sendsHeaders: true,
        allowedOrigins: undefined,
        resourceOrigin: "http://127.0.0.1:8080",
        extraHeaders: [],
      }),
      admission: new Admission({ resource, trustedProxies: undefined, requireHttps: false }),
      metadataLimit: undefined,
      quota: undefined,
      metrics: new Metrics(new Dependencies(), () => 0),
      faults: new Faults({ log: () => undefined, clock }),
      health: new Health({
        path: "/health/oauth",
        report: () => reportHealth(new Dependencies(), undefined, 0),
      }),
      warmUp: () => Promise.resolve(),
      onClose: () => Promise.resolve(),
      sessionLimits: {
        ...defaults.sessions,
        renewalSeconds: defaults.streamRenewalSeconds,
        clock,
        ...limits.sessions,
      },
      taskLimits: { ...defaults.tasks, ...limits.tasks },
      connections: sender.connections,
      maxBodyBytes: undefined,
      audit: (event) => events.push(event),
      toolChallenges: false,
      embedded: undefined,
      beforeStart: () => Promise.resolve(),
    }),
  );
  install();
  return { provider, events };
}
