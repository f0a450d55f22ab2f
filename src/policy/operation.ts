// placeholder until branch policy is merged
export interface Operation {
  readonly kind: "request" | "notification" | "response";
  readonly method?: string;
  readonly target?: { readonly type: string; readonly name: string };
}
export function parseOperations(body: unknown): Operation[] {
  return (Array.isArray(body) ? body : [body]).map((m: { method?: string }) => ({
    kind: "request",
    ...(typeof m?.method === "string" && { method: m.method }),
  }));
}
