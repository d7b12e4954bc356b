/**
 * The part of the platform's WebAssembly that the sandbox uses. Node's type package does not declare it, and the
 * declarations of the browser's library are not in scope here.
 */
export type CompiledModule = object;

export interface WasmMemory {
  /** Detached by each growth: take it anew for every access. */
  readonly buffer: ArrayBuffer;
}

export interface WasmGlobal<T> {
  value: T;
}

/** A function that a guest imports: i32, f32 and f64 are numbers, i64 is a bigint. Admission has checked the import's type. */
export type HostFunction = (...args: never[]) => unknown;

/** Functions, globals, memories and tables by module and name. */
export type WasmImports = Readonly<Record<string, Readonly<Record<string, object>>>>;

export interface WasmGlobalType {
  readonly value: "i32" | "i64";
  readonly mutable: boolean;
}

interface WebAssemblyNamespace {
  validate(bytes: Uint8Array): boolean;
  readonly Module: {
    new (bytes: Uint8Array): CompiledModule;
    imports(module: CompiledModule): readonly { readonly module: string; readonly name: string }[];
  };
  readonly Instance: new (module: CompiledModule, imports: WasmImports) => { readonly exports: object };
  readonly Global: new <T extends number | bigint>(type: WasmGlobalType, value: T) => WasmGlobal<T>;
  readonly RuntimeError: new (message?: string) => Error;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyNamespace }).WebAssembly;
