import { reasons } from "./row.js";

/** Refusals before the credential is read, by connection and headers. */
export const CONNECTION = {
  title: "Connection",
  introduction: "These checks run before the guard reads the credential.",
  reasons: {
    ...reasons(400, {
      host_repeated: {
        meaning: "The request has more than one `Host` header.",
        cure: "Nothing to do for single requests. If legitimate clients see this, a proxy adds the header twice.",
      },
    }),
    ...reasons(403, {
      host_not_loopback: {
        meaning:
          "`resource` is on loopback, but `Host` names another host: DNS rebinding, or a proxy.",
        cure: "Call the server at `localhost`. If clients use another name, set `resource` to that URL.",
      },
      https_required: {
        meaning: "A credential, or a request for metadata, arrived over plain HTTP in production.",
        cure: "Serve HTTPS, or terminate TLS in a proxy and name the proxy in `trustedProxies`.",
      },
      https_required_proxy_unknown: {
        meaning:
          "A credential, or a request for metadata, arrived over plain HTTP in production, with `X-Forwarded-*` or `Forwarded` from a proxy that is not trusted.",
        cure: 'Add the proxy\'s address to `trustedProxies`, for example `["loopback"]` or `["10.0.0.0/8"]`.',
      },
      origin_not_allowed: {
        meaning: "The request comes from a web page whose `Origin` is not allowed.",
        cure: "If the page may use the server, add its origin to `allowedOrigins`.",
      },
    }),
  },
} as const;
