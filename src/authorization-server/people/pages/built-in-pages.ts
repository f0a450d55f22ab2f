import { renderApps } from "./render/apps.js";
import { renderConsent } from "./render/consent.js";
import { renderDevice } from "./render/device.js";
import { renderDone, renderError } from "./render/notices.js";
import { renderSignIn } from "./render/sign-in.js";
import type { PageRenderers } from "./views.js";

/** The pages of this package, by name. */
export const BUILT_IN_PAGES: PageRenderers = {
  signIn: renderSignIn,
  consent: renderConsent,
  device: renderDevice,
  apps: renderApps,
  done: renderDone,
  error: renderError,
};
