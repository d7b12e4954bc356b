import type { FunctionType } from "./wasm-types.ts";

/** What imports and exports may be, as the binary format numbers them. */
export const EXTERN_KINDS = ["function", "table", "memory", "global"] as const;
export type ExternKind = (typeof EXTERN_KINDS)[number];

/** An entry of the type section. */
export interface ModuleType extends FunctionType {
  readonly index: number;
}

/** Pages of a memory, entries of a table. */
export interface SizeLimits {
  readonly min: number;
  readonly max: number | undefined;
}

/** The module's one memory or table. */
export interface Sized extends SizeLimits {
  readonly imported: boolean;
  /** Of its entry, in bytes from the module's first. */
  readonly offset: number;
}

export type ExternType =
  | { readonly kind: "function"; readonly type: ModuleType }
  | { readonly kind: "table" | "memory"; readonly limits: SizeLimits }
  | { readonly kind: "global"; readonly valueType: number; readonly mutable: boolean };

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly offset: number;
  readonly extern: ExternType;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
  readonly offset: number;
}

/** What decides, besides the caps, what a module may consist of. */
export interface DecodeProfile {
  /** Imports of other kinds are refused. */
  readonly importKinds: readonly ExternKind[];
  /**
   * Whether data and elements have to lie inside the memory and table that the module declares, so that instantiation
   * cannot trap. It cannot be asked of a module that fills a table of another.
   */
  readonly segmentsInside: boolean;
  readonly floats: "canonical" | "refused";
  readonly memoryPages: number;
  readonly tableEntries: number;
}
