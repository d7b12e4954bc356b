/** Matcher for assert.throws and assert.rejects: a QuorateError with this code. */
export function withCode(code: string): (error: unknown) => boolean {
  return (error) => (error as { code?: unknown }).code === code;
}
