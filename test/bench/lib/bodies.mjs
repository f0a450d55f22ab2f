/** A tools/call whose JSON text has about `bytes` bytes: a list of small records, as tools get them. */
export function toolsCallOf(bytes) {
  const record = {
    path: "/notes/2026/plan.md",
    line: 1,
    text: "a line of some length, as in a file",
  };
  const size = JSON.stringify(record).length + 1;
  const count = Math.max(1, Math.round((bytes - 120) / size));
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "echo", arguments: { edits: Array.from({ length: count }, () => record) } },
  };
}
