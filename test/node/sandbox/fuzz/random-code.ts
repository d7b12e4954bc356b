import { F32, F64, I32, I64, type FunctionType } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { i32, op, uleb } from "../support/assemble.ts";
import { canonical, literal, SELECT } from "./random-literals.ts";
import type { Random } from "./random-numbers.ts";
import { LOADS, OPERATORS_GIVING, STORES } from "./random-operators.ts";

export interface CodeOptions {
  readonly random: Random;
  /** Of all functions, by index. */
  readonly functions: readonly FunctionType[];
  /** Of the mutable globals, by index. */
  readonly globals: readonly number[];
  /** Index of the type of `functions[index]`, and of a block that takes and gives these. */
  readonly typeIndex: (type: FunctionType) => number;
  /** Every NaN is made canonical by the module itself, so that a raw run gives the same bits as a metered one. */
  readonly tame: boolean;
  /** The function's own index. */
  readonly index: number;
  readonly type: FunctionType;
  readonly locals: readonly number[];
}

/** Pages that memory.grow asks for: mostly few. */
const GROWTHS = [0, 0, 1, 1, 2, 70_000];

/** Writes one function body of random, valid code. Expressions leave exactly their type; the size bounds the whole. */
export class RandomCode {
  readonly #options: CodeOptions;
  readonly #variables: readonly number[];
  /** What a branch to each open label carries, innermost last. */
  readonly #labels: (readonly number[])[];
  #size: number;

  constructor(options: CodeOptions, size: number) {
    this.#options = options;
    // The last three are for loops and NaNs.
    this.#variables = [...options.type.params, ...options.locals];
    this.#labels = [options.type.results];
    this.#size = size;
  }

  /** Locals that the code needs besides the declared ones. */
  static readonly scratch: readonly number[] = [I32, F32, F64];

  body(): number[] {
    return this.#sequence(this.#options.type.results);
  }

  /** Some statements, then the values. After a branch nothing is left to give. */
  #sequence(gives: readonly number[]): number[] {
    const { random } = this.#options;
    const code: number[] = [];
    for (let left = random.below(4); left > 0; left--) code.push(...this.#statement());
    if (this.#size > 0 && random.once(12)) return [...code, ...this.#leave()];
    return [...code, ...gives.flatMap((type) => this.#value(type))];
  }

  #statement(): number[] {
    const { random, globals } = this.#options;
    if (this.#size-- <= 0) return [];
    switch (random.below(11)) {
      case 0:
        return [op.nop];
      case 1:
        return [...this.#value(random.pick([I32, I64, F32, F64])), op.drop];
      case 2: {
        const global = random.below(globals.length);
        return [...this.#value(globals[global] ?? I32), op.globalSet, global];
      }
      case 3:
      case 4:
        return this.#store();
      case 5:
        return this.#bulk();
      case 6:
        return this.#loop();
      case 7:
        return this.#block([]);
      case 8:
        return this.#branchIf();
      case 9: {
        const { code, gives } = this.#call();
        return [...code, ...gives.map(() => op.drop)];
      }
      default:
        return this.#assign();
    }
  }

  #assign(): number[] {
    const { random } = this.#options;
    if (this.#variables.length === 0) return [];
    const local = random.below(this.#variables.length);
    return [...this.#value(this.#variables[local] ?? I32), op.set, local];
  }

  /** One value of the type. */
  #value(type: number): number[] {
    const { random } = this.#options;
    if (this.#size-- <= 0) return this.#leaf(type);
    switch (random.below(12)) {
      case 0:
        return this.#load(type);
      case 1:
        return this.#block([type]);
      case 2:
        return this.#if([type]);
      case 3:
        return [...this.#value(type), ...this.#value(type), ...this.#value(I32), SELECT];
      case 4:
        return type === I32 ? this.#memoryValue() : this.#leaf(type);
      case 5:
        return this.#callFor(type);
      case 6:
        return this.#leaf(type);
      default:
        return this.#operation(type);
    }
  }

  #operation(type: number): number[] {
    const { code, takes, nan } = this.#options.random.pick(OPERATORS_GIVING.get(type) ?? []);
    const written = [...takes.flatMap((operand) => this.#value(operand)), ...code];
    if (!nan || !this.#options.tame) return written;
    return [...written, ...canonical(type, this.#variables.length + (type === F32 ? 1 : 2))];
  }

  #leaf(type: number): number[] {
    const { random, globals } = this.#options;
    const locals = [...this.#variables.keys()].filter((local) => this.#variables[local] === type);
    if (locals.length > 0 && random.once(2)) return [op.get, ...uleb(random.pick(locals))];
    const global = globals.indexOf(type);
    if (global >= 0 && random.once(4)) return [op.globalGet, global];
    return literal(random, type);
  }

  /** Mostly inside the memory. */
  #address(): number[] {
    const masked = [...this.#value(I32), ...i32(0x7fff), 0x71];
    return this.#options.random.once(16) ? this.#value(I32) : masked;
  }

  #load(type: number): number[] {
    const { random } = this.#options;
    const { code, align } = random.pick(LOADS.filter((load) => load.type === type));
    const loaded = [...this.#address(), code, random.below(align + 1), ...uleb(random.below(300))];
    // Bytes of memory may be any NaN, but the same one with the meter and without.
    return loaded;
  }

  #store(): number[] {
    const { random } = this.#options;
    const { code, type, align } = random.pick(STORES);
    return [...this.#address(), ...this.#value(type), code, random.below(align + 1), ...uleb(random.below(300))];
  }

  #memoryValue(): number[] {
    const { random } = this.#options;
    return random.once(2) ? [op.memorySize, 0] : [...i32(random.pick(GROWTHS)), op.memoryGrow, 0];
  }

  /** memory.init, data.drop, memory.copy or memory.fill. */
  #bulk(): number[] {
    const { random } = this.#options;
    const length = [...this.#value(I32), ...i32(random.pick([15, 255, 4095])), 0x71];
    const immediates = random.pick([
      [8, 0, 0],
      [10, 0, 0],
      [11, 0],
      [9, 0],
    ]);
    if (immediates[0] === 9) return random.once(8) ? [op.bulk, ...immediates] : [op.nop];
    const second = immediates[0] === 8 ? i32(random.below(4)) : this.#address();
    return [...this.#address(), ...second, ...length, op.bulk, ...immediates];
  }

  #block(gives: readonly number[]): number[] {
    const { random } = this.#options;
    const takes = random.once(3) ? [random.pick([I32, I64])] : [];
    const operands = takes.flatMap((type) => this.#value(type));
    const drops = takes.map(() => op.drop);
    return [...operands, op.block, ...this.#blockType(takes, gives), ...drops, ...this.#inside(gives, gives), op.end];
  }

  #if(gives: readonly number[]): number[] {
    const condition = this.#value(I32);
    const [then, otherwise] = [this.#inside(gives, gives), this.#inside(gives, gives)];
    return [...condition, op.if, ...this.#blockType([], gives), ...then, op.else, ...otherwise, op.end];
  }

  /** Some rounds, or without end once in a while. */
  #loop(): number[] {
    const { random } = this.#options;
    const counter = uleb(this.#variables.length);
    const start = [...i32(1 + random.below(20)), op.set, ...counter];
    const again = [op.get, ...counter, ...i32(1), op.i32Sub, op.tee, ...counter, op.brIf, 0];
    return [...start, op.loop, op.void, ...this.#inside([], []), ...again, op.end];
  }

  /** A block's inside. @param carries what a branch to its label carries. */
  #inside(gives: readonly number[], carries: readonly number[]): number[] {
    this.#labels.push(carries);
    const code = this.#sequence(gives);
    this.#labels.pop();
    return code;
  }

  #blockType(takes: readonly number[], gives: readonly number[]): number[] {
    const [only] = gives;
    if (takes.length === 0 && gives.length < 2) return [only ?? op.void];
    return [...uleb(this.#options.typeIndex({ params: takes, results: gives }))];
  }

  #branchIf(): number[] {
    const depth = this.#options.random.below(this.#labels.length);
    const carried = this.#labels.at(-1 - depth) ?? [];
    const values = carried.flatMap((type) => this.#value(type));
    return [...values, ...this.#value(I32), op.brIf, ...uleb(depth), ...carried.map(() => op.drop)];
  }

  /** Leaves for good: a branch, a table of branches, a return, a trap. */
  #leave(): number[] {
    const { random, type } = this.#options;
    if (random.once(8)) return [op.unreachable];
    if (random.once(4)) return [...type.results.flatMap((result) => this.#value(result)), op.return];
    const depth = random.below(this.#labels.length);
    const carried = this.#labels.at(-1 - depth) ?? [];
    const values = carried.flatMap((result) => this.#value(result));
    if (random.once(2)) return [...values, op.br, ...uleb(depth)];
    const same = [...this.#labels.keys()].filter((at) => String(this.#labels.at(-1 - at)) === String(carried));
    const targets = Array.from({ length: random.below(4) }, () => uleb(random.pick(same)));
    return [...values, ...this.#value(I32), op.brTable, ...uleb(targets.length), ...targets.flat(), ...uleb(depth)];
  }

  #callFor(type: number): number[] {
    const { code, gives } = this.#call();
    if (gives.length === 1 && gives[0] === type) return code;
    return [...code, ...gives.map(() => op.drop), ...this.#leaf(type)];
  }

  /** Values of the callee's results. */
  #call(): { code: number[]; gives: readonly number[] } {
    const { random, functions, typeIndex, index: own } = this.#options;
    if (own === 0 && !random.once(12)) return { code: [], gives: [] };
    // Mostly an earlier one: else most runs would end by their depth.
    const index = random.below(own === 0 || random.once(12) ? functions.length : own);
    const callee = functions[index] ?? { params: [], results: [] };
    const operands = callee.params.flatMap((type) => this.#value(type));
    if (random.once(2)) return { code: [...operands, op.call, ...uleb(index)], gives: callee.results };
    // The table holds the functions in their order, and nothing behind them.
    const entry = random.once(4) ? this.#value(I32) : i32(index);
    return { code: [...operands, ...entry, op.callIndirect, ...uleb(typeIndex(callee)), 0], gives: callee.results };
  }
}
