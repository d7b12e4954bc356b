/** A circuit of one template. @param call such as `PivotMedian(3, 8)`. */
export function templateSource(call: string, publicInputs: readonly string[] = []): string {
  const visible = publicInputs.length === 0 ? "" : ` {public [${publicInputs.join(", ")}]}`;
  return `pragma circom 2.1.6;\ninclude "${templateOf(call)}.circom";\ncomponent main${visible} = ${call};\n`;
}

/** `PivotMedian(3, 8)` → `PivotMedian`. */
export function templateOf(call: string): string {
  return call.slice(0, call.indexOf("("));
}
