import type { JwtValidationOptions } from "../../options/validation.js";
import { baseUrlOf, invalid, required, type Preset } from "./preset.js";

/** Options of {@link scalekit}. */
export interface ScalekitPresetOptions {
  /** The environment's URL: `https://acme.scalekit.com`. */
  readonly environmentUrl: string;
  /** Id of the MCP server: `res_…`. It stands in the audience of every token for it. */
  readonly resourceId: string;
}

/** Scalekit, an MCP server of its MCP Auth. Tokens name the environment or the server as their issuer. */
export function scalekit({ environmentUrl, resourceId }: ScalekitPresetOptions): Preset {
  const environment = baseUrlOf(
    environmentUrl,
    "scalekit.environmentUrl",
    "https://acme.scalekit.com",
  );
  const id = required(resourceId, "scalekit.resourceId", "res_123456789");
  if (!/^res_[A-Za-z0-9]+$/.test(id)) {
    const found = `must be the id of an MCP server, found ${JSON.stringify(id)}`;
    throw invalid("scalekit.resourceId", found, "res_123456789");
  }
  const server = `${environment}/resources/${id}`;
  return {
    authorizationServers: [server],
    validation: [server, environment].map((issuer): JwtValidationOptions => ({
      type: "jwt",
      issuer,
      audience: id,
      jwksUri: `${environment}/keys`,
      algorithms: ["RS256"],
      allowJwtTyp: true,
    })),
  };
}
