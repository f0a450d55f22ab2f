/** End of the message about an option such as `clientSecret: process.env.CLIENT_SECRET`. */
export const PRESENT_BUT_UNDEFINED =
  "is present but undefined; an environment variable is probably not set.";
