/** What an expression may become instead. */
export interface Alternative {
  readonly operator: string;
  readonly replacement: string;
}
