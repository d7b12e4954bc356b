/** Marks a branch that the types rule out. Reaching it is a bug of ours. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
