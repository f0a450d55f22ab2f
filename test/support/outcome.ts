/** What `work` throws, as its class and reason, or "accepted". */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "accepted";
  } catch (error) {
    const { name, reason } = error as { name: string; reason?: string };
    return `${name} ${reason ?? "without a reason"}`;
  }
}
