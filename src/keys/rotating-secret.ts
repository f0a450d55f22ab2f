/**
 * Where a secret comes from: the current one, or a list with the current one
 * first and earlier ones that are still good behind it.
 */
export type SecretSource = () => Promise<string | readonly string[]>;
