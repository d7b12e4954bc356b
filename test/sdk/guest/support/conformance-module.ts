import { fileURLToPath } from "node:url";
import { encodeObserveInput, encodeRequestsInput, type SourceResponse } from "../../../../core/codec/envelope.ts";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import { compileProject } from "../../../../node/app/authoring/build/build-module.ts";
import { detectProject } from "../../../../node/app/authoring/build/language.ts";
import { type CompiledModule, webAssembly, type WasmMemory } from "../../../../node/sandbox/wasm/web-assembly.ts";

interface Exports {
  readonly memory: WasmMemory;
  alloc(size: number): number;
  requests(pointer: number, length: number): bigint;
  observe(pointer: number, length: number): bigint;
}

/** A conformance module, called directly: what it answers is judged here, not how it is metered. */
export interface ConformanceModule {
  requests(params: Readonly<Record<string, string>>): string;
  /** The decimal, or null for `fail none`. */
  observe(params: Readonly<Record<string, string>>, responses?: readonly SourceResponse[]): string | null;
}

const HEAD = { feed: "CONFORMANCE", time: 1_795_301_227 };

/** @returns the reason where this machine lacks the compiler. */
export async function buildConformance(language: string): Promise<ConformanceModule | string> {
  const folder = fileURLToPath(new URL(`../../../../sdk/guest/conformance/${language}`, import.meta.url));
  try {
    const { bytes } = await compileProject(detectProject(folder));
    return conformanceModule(new webAssembly.Module(bytes));
  } catch (error) {
    if (error instanceof QuorateError && error.code === "toolchain-missing") return error.message;
    throw error;
  }
}

function conformanceModule(module: CompiledModule): ConformanceModule {
  const call = (phase: "requests" | "observe", input: Uint8Array): string => {
    const env = {
      abort: () => {
        throw new Error("abort");
      },
    };
    const exports = new webAssembly.Instance(module, { env }).exports as unknown as Exports;
    const pointer = exports.alloc(input.length);
    new Uint8Array(exports.memory.buffer, pointer, input.length).set(input);
    const packed = BigInt.asUintN(64, exports[phase](pointer, input.length));
    const answer = new Uint8Array(exports.memory.buffer, Number(packed >> 32n), Number(packed & 0xffff_ffffn));
    return Buffer.from(answer).toString("utf8");
  };
  return {
    requests: (params) => call("requests", encodeRequestsInput({ ...HEAD, params })),
    observe(params, responses = []) {
      const line = call("observe", encodeObserveInput({ ...HEAD, params }, responses));
      return line === `fail none ${HEAD.feed}\n` ? null : line.replace(/^value (.*)\n$/s, "$1");
    },
  };
}
