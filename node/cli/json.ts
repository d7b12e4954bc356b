/** Prints one JSON document: whole numbers that JSON has no room for as text, bytes as base64. */
export function printJson(document: unknown): void {
  console.log(JSON.stringify(plain(document), undefined, 2));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
