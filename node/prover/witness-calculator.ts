import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type WitnessErrorData =
  | { readonly code: "witness-input"; readonly signal: string }
  | { readonly code: "witness-unsatisfied"; readonly trace: string }
  | { readonly code: "witness-program"; readonly reason: string };

/** A signal's value: a field element, or an array of any depth, flattened in row order. */
export type SignalValue = bigint | readonly SignalValue[];
export type SignalValues = Readonly<Record<string, SignalValue>>;

export interface WitnessCalculator {
  /**
   * Runs the circuit and returns a witness in snarkjs' `wtns` format.
   * Throws `witness-unsatisfied` where a constraint fails, with circom's trace of templates and lines.
   */
  calculate(inputs: SignalValues): Uint8Array<ArrayBuffer>;
}

/** What circom 2 exports. Field elements pass through a shared buffer of 32-bit words, least significant first. */
interface CircomExports {
  getVersion(): number;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  getMessageChar(): number;
  init(sanityCheck: number): void;
  setInputSignal(hashHigh: number, hashLow: number, position: number): void;
  getWitness(index: number): void;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
}

// TypeScript declares WebAssembly with the DOM only.
interface Wasm {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}
const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

/** 256-bit elements. */
const WORDS = 8;
/** A failing assertion names each template on the stack: a few lines. */
const MAX_TRACE_CHARACTERS = 4096;

/**
 * Wraps circom's witness program. Compiled once; instantiated again only after a failure, whose state circom leaves
 * undefined. A kept instance answers twice as fast as a new one.
 * @param code the circuit's WebAssembly; it is trusted, its digest must have been checked.
 */
export function createWitnessCalculator(code: Uint8Array<ArrayBuffer>): WitnessCalculator {
  const module = new wasm.Module(code);
  let program: CircomExports | undefined;
  return {
    calculate(inputs) {
      const running = (program ??= instantiate(module));
      try {
        return run(running, inputs);
      } catch (error) {
        program = undefined;
        throw error;
      }
    },
  };
}

function instantiate(module: object): CircomExports {
  let trace = "";
  const message = () => {
    let line = "";
    for (let c = program.getMessageChar(); c !== 0; c = program.getMessageChar()) line += String.fromCharCode(c);
    trace = `${trace}${line}\n`.slice(-MAX_TRACE_CHARACTERS);
  };
  const runtime = {
    exceptionHandler(code: number) {
      const reason = EXCEPTIONS[code] ?? `exception ${code}`;
      if (code === ASSERT_FAILED) {
        const data: WitnessErrorData = { code: "witness-unsatisfied", trace: trace.trim() };
        throw new QuorateError(data, `no witness satisfies the circuit: ${trace.trim().split("\n").join("; ")}`);
      }
      throw new QuorateError<WitnessErrorData>(
        { code: "witness-program", reason },
        `the witness program failed: ${reason}`,
      );
    },
    printErrorMessage: message,
    writeBufferMessage: message,
    showSharedRWMemory() {
      // circom's log() of a number: our circuits print nothing
    },
  };
  const program = new wasm.Instance(module, { runtime }).exports as CircomExports;
  if (
    !("getVersion" in program) ||
    program.getVersion() !== 2 ||
    program.getFieldNumLen32() !== WORDS ||
    prime(program) !== FIELD_MODULUS
  ) {
    const reason = "not a circom 2 program over BN254";
    throw new QuorateError<WitnessErrorData>({ code: "witness-program", reason }, `${reason}: rebuild the circuits`);
  }
  return program;
}

const ASSERT_FAILED = 4;
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "signal not found",
  2: "too many signals set",
  3: "signal already set",
  5: "not enough memory",
  6: "input array access exceeds its size",
  7: "array access out of bounds",
};

function run(program: CircomExports, inputs: SignalValues): Uint8Array<ArrayBuffer> {
  program.init(0);
  let set = 0;
  for (const [name, value] of Object.entries(inputs)) {
    const elements = flatten(value);
    const [high, low] = fnv1a(name);
    if (program.getInputSignalSize(high, low) !== elements.length) {
      throw new QuorateError<WitnessErrorData>(
        { code: "witness-input", signal: name },
        `the circuit has no input ${name} of ${elements.length} elements: circuit and inputs are of different versions`,
      );
    }
    elements.forEach((element, position) => {
      writeElement(program, element);
      program.setInputSignal(high, low, position);
    });
    set += elements.length;
  }
  if (set !== program.getInputSize()) {
    const message = `${set} of ${program.getInputSize()} input elements are set: circuit and inputs are of different versions`;
    throw new QuorateError<WitnessErrorData>({ code: "witness-input", signal: "" }, message);
  }
  return witnessFile(program);
}

function flatten(value: SignalValue): bigint[] {
  return typeof value === "bigint" ? [value] : value.flatMap(flatten);
}

/** 64-bit FNV-1a of a signal's name, by which circom looks it up, as two 32-bit halves. */
function fnv1a(name: string): [high: number, low: number] {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash ^ BigInt(name.charCodeAt(i))) * 0x100_0000_01b3n) & 0xffff_ffff_ffff_ffffn;
  }
  return [Number(hash >> 32n), Number(hash & 0xffff_ffffn)];
}

function writeElement(program: CircomExports, element: bigint): void {
  let rest = element;
  for (let word = 0; word < WORDS; word++, rest >>= 32n) {
    program.writeSharedRWMemory(word, Number(rest & 0xffff_ffffn));
  }
}

function prime(program: CircomExports): bigint {
  program.getRawPrime();
  let value = 0n;
  for (let word = WORDS - 1; word >= 0; word--) value = (value << 32n) | BigInt(program.readSharedRWMemory(word) >>> 0);
  return value;
}

/** `wtns` version 2: section 1 is (element bytes, prime, count), section 2 the elements, little-endian. */
/** Where a witness file's elements begin: after the header and the heads of both sections. */
export const WITNESS_HEADER_BYTES = 76;
const ELEMENT_BYTES = 32;

/** The wires of a witness file, all of them unless some are wanted. */
export function witnessElements(file: Uint8Array, wires: { from: number; count: number } = allOf(file)): bigint[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return Array.from({ length: wires.count }, (_, i) => {
    const at = WITNESS_HEADER_BYTES + (wires.from + i) * ELEMENT_BYTES;
    return [24, 16, 8, 0].reduce((value, word) => (value << 64n) | view.getBigUint64(at + word, true), 0n);
  });
}

function allOf({ length }: Uint8Array) {
  return { from: 0, count: (length - WITNESS_HEADER_BYTES) / ELEMENT_BYTES };
}

function witnessFile(program: CircomExports): Uint8Array<ArrayBuffer> {
  const count = program.getWitnessSize();
  const elementBytes = 4 * WORDS;
  const headerBytes = 4 + elementBytes + 4;
  const file = new Uint8Array(12 + 12 + headerBytes + 12 + count * elementBytes);
  const words = new Uint32Array(file.buffer);
  file.set(new TextEncoder().encode("wtns"));
  words.set([2, 2, 1, headerBytes, 0, elementBytes], 1);
  program.getRawPrime();
  for (let word = 0; word < WORDS; word++) words[7 + word] = program.readSharedRWMemory(word);
  words.set([count, 2, count * elementBytes, 0], 7 + WORDS);
  let at = 11 + WORDS;
  for (let index = 0; index < count; index++) {
    program.getWitness(index);
    for (let word = 0; word < WORDS; word++) words[at++] = program.readSharedRWMemory(word);
  }
  return file;
}
