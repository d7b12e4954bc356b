import type { BinaryWriter } from "../wasm/binary-writer.ts";
import type { FunctionBody, Instruction } from "../wasm/function-body.ts";
import { ASM, type MeterGlobals, type MeterHelpers } from "./meter-helpers.ts";
import { CODE } from "../wasm/opcodes.ts";
import { DEPTH } from "../admission/rules.ts";
import { EMPTY_BLOCK, F32, F64, I64, type FunctionType } from "../wasm/wasm-types.ts";

export interface MeterTarget {
  readonly source: Uint8Array;
  readonly globals: MeterGlobals;
  readonly helpers: MeterHelpers;
  /** Index of a type, added if the module lacks it. */
  readonly typeIndex: (type: FunctionType) => number;
  /** The guest's globals from this index on have moved by so many. */
  readonly moved: { readonly from: number; readonly by: number };
  /** Slots that a function weighs more if it may call out of the module. */
  readonly foreignCall: number;
}

/** Locals that the meter adds behind the function's own. */
interface Scratch {
  readonly fuel: number;
  readonly f32: number;
  readonly f64: number;
}

/** 0x7fc00000 and 0x7ff8000000000000, little-endian. */
const NAN_32 = [0x00, 0x00, 0xc0, 0x7f];
const NAN_64 = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f];

/**
 * Writes a function again, metered: each basic block charges its exact cost before it runs and traps below zero; entry
 * and exit count call depth; memory.grow and bulk operations go through helpers; results that may be NaN are made canonical.
 */
export function meterBody(body: FunctionBody, out: BinaryWriter, target: MeterTarget): void {
  const scratch = { fuel: body.localCount, f32: body.localCount + 1, f64: body.localCount + 2 };
  const weight = weightOf(body, target);
  const counted = body.calls || weight > DEPTH.freeLeaf;
  writeLocals(body, out);
  if (counted) enter(body, out, { target, weight });
  let open = 0;
  for (const instruction of body.instructions.slice(0, -1)) {
    if (instruction.charge > 0) charge(out, { amount: instruction.charge, fuel: target.globals.fuel, scratch });
    if (instruction.code === CODE.block || instruction.code === CODE.loop || instruction.code === CODE.if) open++;
    if (instruction.code === CODE.end) open--;
    // A return leaves through the block around the body, where the depth is given back.
    if (instruction.code === CODE.return && counted) out.byte(ASM.br).u32(open);
    else writeInstruction(instruction, out, { target, scratch });
  }
  chargeLast(body, out, { target, scratch });
  if (counted) leave(out, { depth: target.globals.depth, weight });
  out.byte(ASM.end);
}

function weightOf({ localCount, highest, callsForeign }: FunctionBody, { foreignCall }: MeterTarget): number {
  return DEPTH.frameBase + localCount + highest + (callsForeign ? foreignCall : 0);
}

function writeLocals({ locals, instructions }: FunctionBody, out: BinaryWriter): void {
  const floats = instructions.some(({ opcode }) => opcode.nan !== undefined);
  const scratch = floats ? [I64, F32, F64] : [I64];
  out.u32(locals.length + scratch.length);
  for (const [count, type] of locals) out.u32(count).byte(type);
  for (const type of scratch) out.u32(1).byte(type);
}

/** An empty body still pays for its locals. */
function chargeLast(
  { instructions }: FunctionBody,
  out: BinaryWriter,
  { target, scratch }: { readonly target: MeterTarget; readonly scratch: Scratch },
): void {
  const amount = instructions.at(-1)?.charge ?? 0;
  if (amount > 0) charge(out, { amount, fuel: target.globals.fuel, scratch });
}

function charge(
  out: BinaryWriter,
  { amount, fuel, scratch }: { readonly amount: number; readonly fuel: number; readonly scratch: Scratch },
): void {
  out.byte(ASM.globalGet).u32(fuel).byte(ASM.i64Const).signed(amount).byte(ASM.i64Sub);
  out.byte(ASM.localTee).u32(scratch.fuel).byte(ASM.globalSet).u32(fuel);
  out.byte(ASM.localGet).u32(scratch.fuel).byte(ASM.i64Const, 0, ASM.i64LtS);
  out.byte(ASM.if, EMPTY_BLOCK, ASM.unreachable, ASM.end);
}

/** Takes the function's weight off the depth, and opens the block that its returns leave through. */
function enter(
  { type }: FunctionBody,
  out: BinaryWriter,
  { target, weight }: { readonly target: MeterTarget; readonly weight: number },
): void {
  const { depth } = target.globals;
  out.byte(ASM.globalGet).u32(depth).byte(ASM.i32Const).signed(weight).byte(ASM.i32Sub, ASM.globalSet).u32(depth);
  out.byte(ASM.globalGet).u32(depth).byte(ASM.i32Const, 0, ASM.i32LtS);
  out.byte(ASM.if, EMPTY_BLOCK, ASM.unreachable, ASM.end, ASM.block);
  const [first] = type.results;
  if (first === undefined) out.byte(EMPTY_BLOCK);
  else if (type.results.length === 1) out.byte(first);
  else out.signed(target.typeIndex({ params: [], results: type.results }));
}

function leave(out: BinaryWriter, { depth, weight }: { readonly depth: number; readonly weight: number }): void {
  out.byte(ASM.end);
  out.byte(ASM.globalGet).u32(depth).byte(ASM.i32Const).signed(weight).byte(ASM.i32Add, ASM.globalSet).u32(depth);
}

function writeInstruction(
  { code, opcode, argument, start, end }: Instruction,
  out: BinaryWriter,
  { target, scratch }: { readonly target: MeterTarget; readonly scratch: Scratch },
): void {
  const helper = target.helpers.replacing(code, argument);
  if (helper !== undefined) {
    out.byte(ASM.call).u32(helper);
    return;
  }
  if (target.moved.by > 0 && (code === CODE.globalGet || code === CODE.globalSet)) {
    out.byte(code).u32(movedGlobal(argument, target.moved));
    return;
  }
  out.bytes(target.source.subarray(start, end));
  if (opcode.nan === "f32")
    canonical(out, { local: scratch.f32, literal: [ASM.f32Const, ...NAN_32], equal: ASM.f32Eq });
  if (opcode.nan === "f64")
    canonical(out, { local: scratch.f64, literal: [ASM.f64Const, ...NAN_64], equal: ASM.f64Eq });
}

/** @returns where the guest's global stands in the metered module. */
export function movedGlobal(index: number, { from, by }: MeterTarget["moved"]): number {
  return index < from ? index : index + by;
}

/** x = (x == x) ? x : NaN */
function canonical(
  out: BinaryWriter,
  { local, literal, equal }: { readonly local: number; readonly literal: readonly number[]; readonly equal: number },
): void {
  out
    .byte(ASM.localTee)
    .u32(local)
    .byte(...literal);
  out.byte(ASM.localGet).u32(local).byte(ASM.localGet).u32(local).byte(equal, ASM.select);
}
