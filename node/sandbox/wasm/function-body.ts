import type { BinaryReader } from "./binary-reader.ts";
import type { DecodeProfile } from "./module-types.ts";
import { CODE, opcodeOf, refusedFeature, type Opcode } from "./opcodes.ts";
import { OperandHeights } from "./operand-heights.ts";
import { refusal } from "../admission/refusal.ts";
import { CAPS, FUEL } from "../admission/rules.ts";
import { floatRefused, readValueType } from "./section-entries.ts";
import { EMPTY_BLOCK, isFloat, isValueType, type FunctionType } from "./wasm-types.ts";

export interface Instruction {
  /** 0…255, or 0xfc00 + sub-opcode. */
  readonly code: number;
  readonly opcode: Opcode;
  /** The index, segment or block type that follows, 0 where there is none. */
  readonly argument: number;
  /** Bytes of the original module, opcode and immediates. */
  readonly start: number;
  readonly end: number;
  /** Fuel of the basic block that begins here; charged before this instruction. */
  charge: number;
}

/** A run of locals of one type, as declared. */
export type LocalRun = readonly [count: number, type: number];

export interface FunctionBody {
  readonly type: FunctionType;
  readonly locals: readonly LocalRun[];
  /** Parameters and declared locals. */
  readonly localCount: number;
  readonly instructions: readonly Instruction[];
  /** Highest operand stack, in slots. */
  readonly highest: number;
  /** Whether it calls functions: only such a function can be part of a recursion. */
  readonly calls: boolean;
  /** Whether it may call a function that is not the module's own: an imported one, or any through the table. */
  readonly callsForeign: boolean;
}

/** What the instructions refer to. */
export interface BodyContext {
  readonly profile: DecodeProfile;
  readonly types: readonly FunctionType[];
  /** Types of all functions by index, imports first. */
  readonly functions: readonly FunctionType[];
  readonly importedFunctions: number;
  /** Collects what the report names. */
  readonly features: Set<string>;
}

const SPLIT = "split the function";

/**
 * Decodes one function and finds its basic blocks. Every opcode stands in the allow-list or the module is refused.
 * @param reader over exactly the body.
 */
export function decodeBody(reader: BinaryReader, type: FunctionType, context: BodyContext): FunctionBody {
  const locals = readLocals(reader, { type, context });
  const declared = locals.reduce((sum, [count]) => sum + count, 0);
  const instructions: Instruction[] = [];
  const heights = new OperandHeights(type.results.length);
  let [calls, callsForeign] = [false, false];
  let block: Instruction | undefined;
  while (heights.nesting > 0) {
    const instruction = readInstruction(reader, context);
    instructions.push(instruction);
    block ??= instruction;
    if (heights.live) block.charge += instruction.opcode.cost;
    calls ||= instruction.code === CODE.call || instruction.code === CODE.callIndirect;
    callsForeign ||= isForeignCall(instruction, context);
    follow(heights, instruction, context);
    if (heights.nesting > CAPS.nesting) {
      const place = { section: reader.section, offset: instruction.start };
      throw refusal("nesting", place, `blocks nest deeper than ${CAPS.nesting}: split the function`);
    }
    if (instruction.opcode.ends) block = undefined;
  }
  reader.finish();
  const first = instructions[0];
  if (first !== undefined) first.charge += declared * FUEL.perLocal;
  const localCount = type.params.length + declared;
  return { type, locals, localCount, instructions, highest: heights.highest, calls, callsForeign };
}

function isForeignCall({ code, argument }: Instruction, { importedFunctions }: BodyContext): boolean {
  return code === CODE.callIndirect || (code === CODE.call && argument < importedFunctions);
}

function readLocals(
  reader: BinaryReader,
  { type, context }: { readonly type: FunctionType; readonly context: BodyContext },
): LocalRun[] {
  const runs: LocalRun[] = [];
  let total = type.params.length;
  for (
    let left = reader.count({ what: "runs of locals", most: CAPS.locals, rule: "locals", mend: SPLIT });
    left > 0;
    left--
  ) {
    const place = reader.place;
    const count = reader.u32();
    total += count;
    if (total > CAPS.locals) {
      throw refusal("locals", place, `a function has ${total} locals, at most ${CAPS.locals} are admitted: split it`);
    }
    runs.push([count, readValueType(reader, context.profile)]);
  }
  return runs;
}

function readInstruction(reader: BinaryReader, context: BodyContext): Instruction {
  const start = reader.offset;
  const first = reader.byte();
  const code = first === CODE.prefix ? (first << 8) + Math.min(reader.u32(), 0xff) : first;
  const opcode = opcodeOf(code);
  if (opcode === undefined) {
    const { feature, mend } = refusedFeature(code);
    throw refusal("feature", { section: reader.section, offset: start }, `the module uses ${feature}: ${mend}`);
  }
  if (opcode.feature !== undefined) context.features.add(opcode.feature);
  if (opcode.floats && context.profile.floats === "refused")
    throw floatRefused({ section: reader.section, offset: start });
  const argument = readImmediate(reader, opcode, context);
  return { code, opcode, argument, start, end: reader.offset, charge: 0 };
}

function readImmediate(reader: BinaryReader, opcode: Opcode, context: BodyContext): number {
  switch (opcode.immediate) {
    case "none":
      return 0;
    case "index":
      return reader.u32();
    case "block-type":
      return readBlockType(reader, context);
    case "i32":
      reader.skipInteger(32);
      return 0;
    case "i64":
      reader.skipInteger(64);
      return 0;
    case "f32":
      reader.skip(4);
      return 0;
    case "f64":
      reader.skip(8);
      return 0;
    case "branch-table":
      return skipBranchTable(reader);
    case "call-indirect": {
      const type = reader.u32();
      readTableIndex(reader);
      return type;
    }
    case "memory-access":
      return skipMemoryAccess(reader);
    case "memory-index":
      return readMemoryIndex(reader);
    case "segment-memory": {
      const segment = reader.u32();
      readMemoryIndex(reader);
      return segment;
    }
    case "memory-memory":
      readMemoryIndex(reader);
      return readMemoryIndex(reader);
  }
}

/** @returns a value type or EMPTY_BLOCK as its byte, or 256 + type index. */
function readBlockType(reader: BinaryReader, context: BodyContext): number {
  const place = reader.place;
  const value = Number(reader.signed(33));
  if (value >= 0) {
    context.features.add("multi-value");
    return 256 + value;
  }
  const byte = value + 128;
  if (context.profile.floats === "refused" && isFloat(byte)) throw floatRefused(place);
  if (byte === EMPTY_BLOCK || isValueType(byte)) return byte;
  throw refusal("feature", place, "a block's type is no number type: build without SIMD and reference types");
}

function skipBranchTable(reader: BinaryReader): number {
  const bound = { what: "targets in a br_table", most: CAPS.branchTargets, rule: "branch-table", mend: SPLIT } as const;
  for (let left = reader.count(bound) + 1; left > 0; left--) reader.u32();
  return 0;
}

function skipMemoryAccess(reader: BinaryReader): number {
  const place = reader.place;
  // An alignment of 2⁶ and above announces a memory index.
  if (reader.u32() >= 64) throw refusal("feature", place, "the module uses several memories: build with one");
  reader.u32();
  return 0;
}

/** One byte, which was reserved at first; only newer engines take it for an integer that may be over-long. */
function readMemoryIndex(reader: BinaryReader): number {
  const place = reader.place;
  if (reader.byte() !== 0) throw refusal("feature", place, "the module uses several memories: build with one");
  return 0;
}

/** An integer: linkers of today write it in five bytes. */
function readTableIndex(reader: BinaryReader): void {
  const place = reader.place;
  if (reader.u32() !== 0) throw refusal("feature", place, "the module uses several tables: build with one");
}

/** Applies one instruction to the operand stack. */
function follow(heights: OperandHeights, { code, opcode, argument }: Instruction, context: BodyContext): void {
  switch (code) {
    case CODE.block:
    case CODE.loop:
    case CODE.if: {
      if (code === CODE.if) heights.apply(1, 0);
      const { params, results } = blockType(argument, context);
      heights.open(params.length, results.length);
      return;
    }
    case CODE.else: {
      heights.alternate();
      return;
    }
    case CODE.end: {
      heights.close();
      return;
    }
    case CODE.brIf: {
      heights.apply(1, 0);
      return;
    }
    case CODE.br:
    case CODE.brTable:
    case CODE.return:
    case CODE.unreachable: {
      heights.leave();
      return;
    }
    case CODE.call: {
      applyCall(heights, context.functions[argument], 0);
      return;
    }
    case CODE.callIndirect: {
      applyCall(heights, context.types[argument], 1);
      return;
    }
    default: {
      heights.apply(opcode.pops, opcode.pushes);
      return;
    }
  }
}

const NO_TYPE: FunctionType = { params: [], results: [] };

function applyCall(heights: OperandHeights, type: FunctionType | undefined, operands: number): void {
  const { params, results } = type ?? NO_TYPE;
  heights.apply(params.length + operands, results.length);
}

function blockType(argument: number, { types }: BodyContext): FunctionType {
  if (argument >= 256) return types[argument - 256] ?? NO_TYPE;
  return argument === EMPTY_BLOCK ? NO_TYPE : { params: [], results: [argument] };
}
