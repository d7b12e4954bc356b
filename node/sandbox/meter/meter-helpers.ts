import { BinaryWriter } from "../wasm/binary-writer.ts";
import { CODE } from "../wasm/opcodes.ts";
import { FAULT, FUEL } from "../admission/rules.ts";
import { EMPTY_BLOCK, I32, I64, type FunctionType } from "../wasm/wasm-types.ts";

/** Indexes of the meter's globals. They come after the guest's own, so that nothing shifts. */
export interface MeterGlobals {
  readonly fuel: number;
  readonly depth: number;
  readonly fault: number;
}

export interface HelperOptions {
  readonly globals: MeterGlobals;
  /** Index of the first function after the guest's own. */
  readonly firstFunction: number;
  /** Pages: memory.grow beyond answers −1. */
  readonly memoryCap: number;
}

interface Helper {
  readonly type: FunctionType;
  readonly body: Uint8Array;
}

const CHARGE_TYPE: FunctionType = { params: [I64], results: [] };
const GROW_TYPE: FunctionType = { params: [I32], results: [I32] };
const BULK_TYPE: FunctionType = { params: [I32, I32, I32], results: [] };

/** Instructions that the helpers and the meter are written in. */
export const ASM = {
  unreachable: 0x00,
  block: 0x02,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32GtU: 0x4b,
  i64LtS: 0x53,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ShrU: 0x88,
  i64ExtendU: 0xad,
} as const;

/** Functions that stand in for memory.grow and the bulk operations, made when the first instruction asks for them. */
export class MeterHelpers {
  readonly #options: HelperOptions;
  readonly #helpers: Helper[] = [];
  readonly #indexes = new Map<string, number>();

  constructor(options: HelperOptions) {
    this.#options = options;
  }

  get all(): readonly Helper[] {
    return this.#helpers;
  }

  /** @returns the index of the function that replaces this instruction, undefined if it stays. */
  replacing(code: number, argument: number): number | undefined {
    switch (code) {
      case CODE.memoryGrow:
        return this.#once("grow", () => ({ type: GROW_TYPE, body: this.#grow() }));
      case CODE.memoryInit:
        return this.#bulk(code, [argument, 0]);
      case CODE.memoryCopy:
        return this.#bulk(code, [0, 0]);
      case CODE.memoryFill:
        return this.#bulk(code, [0]);
      default:
        return undefined;
    }
  }

  #once(key: string, make: () => Helper): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const helper = make();
    const index = this.#options.firstFunction + this.#helpers.length;
    this.#helpers.push(helper);
    this.#indexes.set(key, index);
    return index;
  }

  /** Takes an i64 amount, at most 2⁵², off the fuel; traps below zero. */
  #charge(): number {
    const { fuel } = this.#options.globals;
    return this.#once("charge", () => {
      const body = new BinaryWriter().byte(0);
      body.byte(ASM.globalGet).u32(fuel).byte(ASM.localGet, 0, ASM.i64Sub, ASM.localTee, 0);
      body.byte(ASM.globalSet).u32(fuel).byte(ASM.localGet, 0, ASM.i64Const, 0, ASM.i64LtS);
      body.byte(ASM.if, EMPTY_BLOCK, ASM.unreachable, ASM.end, ASM.end);
      return { type: CHARGE_TYPE, body: body.finish() };
    });
  }

  /** Charges the call; answers −1 at the cap; charges the pages; a failure below the cap is the host's. */
  #grow(): Uint8Array {
    const { globals, memoryCap } = this.#options;
    const charge = this.#charge();
    const body = new BinaryWriter().byte(0);
    body.byte(ASM.i64Const).signed(FUEL.growCall).byte(ASM.call).u32(charge);
    body.byte(ASM.localGet, 0, ASM.i32Const).signed(memoryCap).byte(ASM.memorySize, 0, ASM.i32Sub, ASM.i32GtU);
    body.byte(ASM.if, EMPTY_BLOCK, ASM.i32Const).signed(FAULT.memoryCap).byte(ASM.globalSet).u32(globals.fault);
    body.byte(ASM.i32Const).signed(-1).byte(ASM.return, ASM.end);
    body
      .byte(ASM.localGet, 0, ASM.i64ExtendU, ASM.i64Const)
      .signed(FUEL.growPage)
      .byte(ASM.i64Mul, ASM.call)
      .u32(charge);
    body.byte(ASM.localGet, 0, ASM.memoryGrow, 0, ASM.localTee, 0, ASM.i32Const).signed(-1).byte(ASM.i32Eq);
    body.byte(ASM.if, EMPTY_BLOCK, ASM.i32Const).signed(FAULT.host).byte(ASM.globalSet).u32(globals.fault);
    body.byte(ASM.unreachable, ASM.end, ASM.localGet, 0, ASM.end);
    return body.finish();
  }

  /** Charges by the length, the third operand, then does what the instruction did. */
  #bulk(code: number, immediates: readonly number[]): number {
    return this.#once(`${code} ${immediates.join(" ")}`, () => {
      const charge = this.#charge();
      const body = new BinaryWriter().byte(0);
      body.byte(ASM.localGet, 2, ASM.i64ExtendU, ASM.i64Const).signed(FUEL.bulkBytesShift).byte(ASM.i64ShrU);
      body.byte(ASM.i64Const).signed(FUEL.bulkCall).byte(ASM.i64Add, ASM.call).u32(charge);
      body.byte(ASM.localGet, 0, ASM.localGet, 1, ASM.localGet, 2, CODE.prefix).u32(code & 0xff);
      for (const immediate of immediates) body.u32(immediate);
      return { type: BULK_TYPE, body: body.byte(ASM.end).finish() };
    });
  }
}
