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

type HostFunction = (...args: number[]) => number | bigint | undefined;

interface WebAssemblyNamespace {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: Readonly<Record<string, Readonly<Record<string, HostFunction>>>>,
  ) => { readonly exports: object };
  readonly RuntimeError: new (message?: string) => Error;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyNamespace }).WebAssembly;
