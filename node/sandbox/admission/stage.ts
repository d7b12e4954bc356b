/** What an admission consists of. `transpile` is for components alone. */
export type StageName =
  | "size"
  | "format"
  | "transpile"
  | "validation"
  | "sections"
  | "shape"
  | "imports"
  | "exports"
  | "memory"
  | "metering"
  | "metered-validation";

/** A stage that was passed. Deterministic: no durations. */
export interface StageReport {
  readonly name: StageName;
  /** The core module of a component, by its file name. */
  readonly core?: string;
  /** One line of sizes and counts. */
  readonly detail: string;
}
