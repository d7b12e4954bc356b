import fc from "fast-check";
import { EMPTY_BLOCK, I32 } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { assemble, i32, leb, op, uleb } from "./assemble.ts";

/**
 * Programs of random control flow that always end, written twice: as they are, and with a call to `env.tick(price)`
 * before each instruction. The second counts what is executed by itself, knowing nothing of basic blocks.
 */
export type Statement =
  | { readonly kind: "step"; readonly factor: number }
  | { readonly kind: "nop" | "return" | "fill" }
  | { readonly kind: "block" | "value-block" | "function-block"; readonly body: readonly Statement[] }
  | { readonly kind: "loop"; readonly turns: number; readonly body: readonly Statement[] }
  | { readonly kind: "if"; readonly then: readonly Statement[]; readonly else: readonly Statement[] | null }
  | { readonly kind: "br" | "br-if"; readonly target: number }
  | { readonly kind: "call" | "call-indirect"; readonly target: number }
  | { readonly kind: "br-table"; readonly targets: readonly number[] };

/** Function `n` may call the later ones alone. */
export type ProgramSource = readonly (readonly Statement[])[];

const number = fc.nat({ max: 7 });

export const programs: fc.Arbitrary<ProgramSource> = fc.array(
  fc.letrec<{ statement: Statement; body: Statement[] }>((tie) => ({
    body: fc.array(tie("statement"), { maxLength: 6 }),
    statement: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.record({ kind: fc.constant("step" as const), factor: number }),
      fc.record({ kind: fc.constantFrom("nop" as const, "return" as const, "fill" as const) }),
      fc.record({ kind: fc.constantFrom("br" as const, "br-if" as const), target: number }),
      fc.record({ kind: fc.constantFrom("call" as const, "call-indirect" as const), target: number }),
      fc.record({ kind: fc.constant("br-table" as const), targets: fc.array(number, { minLength: 1, maxLength: 4 }) }),
      fc.record({
        kind: fc.constantFrom("block" as const, "value-block" as const, "function-block" as const),
        body: tie("body"),
      }),
      fc.record({ kind: fc.constant("loop" as const), turns: fc.integer({ min: 1, max: 3 }), body: tie("body") }),
      fc.record({ kind: fc.constant("if" as const), then: tie("body"), else: fc.option(tie("body")) }),
    ),
  })).body,
  { minLength: 1, maxLength: 4 },
);

/** Every function takes and gives one i32, the state; its local 1 is scratch, the others count the turns of loops. */
const STATE = 0;
const SCRATCH = 1;
const LOCALS = 16;
const FIRST_COUNTER = 2;
/** Function 0 is the imported `tick`. */
const FIRST_FUNCTION = 1;
/** Type 0 is tick's, type 1 is that of all the functions, and of blocks with a parameter. */
const STATE_TYPE = 1;
/** What the meter's rules say, written down again. */
const PRICES = { call: 5, indirect: 8, remainder: 4, local: 1, fill: 32 } as const;

interface Label {
  readonly values: 0 | 1;
  /** Branching there would start a loop again. */
  readonly loop: boolean;
}

class Emitter {
  readonly #ticking: boolean;
  readonly #functions: number;
  readonly #self: number;
  readonly #labels: Label[] = [{ values: 1, loop: false }];
  #loops = 0;

  constructor(source: { readonly ticking: boolean; readonly functions: number; readonly self: number }) {
    this.#ticking = source.ticking;
    this.#functions = source.functions;
    this.#self = source.self;
  }

  function(body: readonly Statement[]): number[] {
    return [...this.#tick(LOCALS * PRICES.local), ...this.#all(body), ...this.#run(1, [op.get, STATE])];
  }

  #tick(price: number): number[] {
    return this.#ticking && price > 0 ? [...i32(price), op.call, 0] : [];
  }

  #run(price: number, code: readonly number[]): number[] {
    return [...this.#tick(price), ...code];
  }

  #all(body: readonly Statement[]): number[] {
    return body.flatMap((statement) => this.#statement(statement));
  }

  #statement(statement: Statement): number[] {
    switch (statement.kind) {
      case "nop":
        return [op.nop];
      case "step":
        return this.#step(statement.factor);
      case "return":
        return [...this.#state(), ...this.#run(1, [op.return])];
      case "fill":
        return [
          ...[0, 7, 33].flatMap((value) => this.#run(1, i32(value))),
          ...this.#run(1 + PRICES.fill + 2, [op.bulk, 11, 0]),
        ];
      case "block":
        return [op.block, op.void, ...this.#inside({ values: 0, loop: false }, statement.body), op.end];
      case "value-block":
        return [
          ...[op.block, I32, ...this.#inside({ values: 1, loop: false }, statement.body)],
          ...[...this.#state(), op.end, ...this.#run(1, [op.drop])],
        ];
      case "function-block":
        return [
          ...[...this.#state(), op.block, ...leb(STATE_TYPE), ...this.#run(1, [op.set, SCRATCH])],
          ...this.#inside({ values: 1, loop: false }, statement.body),
          ...[...this.#run(1, [op.get, SCRATCH]), op.end, ...this.#run(1, [op.drop])],
        ];
      case "loop":
        return this.#loop(statement);
      case "if":
        return this.#if(statement);
      case "br":
        return this.#branch(statement.target);
      case "br-if":
        return this.#branchIf(statement.target);
      case "br-table":
        return this.#branchTable(statement.targets);
      case "call":
      case "call-indirect":
        return this.#call(statement);
    }
  }

  #inside(label: Label, body: readonly Statement[]): number[] {
    this.#labels.push(label);
    const code = this.#all(body);
    this.#labels.pop();
    return code;
  }

  #state(): number[] {
    return this.#run(1, [op.get, STATE]);
  }

  /** state = state × factor + 1 */
  #step(factor: number): number[] {
    return [
      ...[...this.#state(), ...this.#run(1, i32(factor)), ...this.#run(1, [0x6c])],
      ...[...this.#run(1, i32(1)), ...this.#run(1, [op.i32Add]), ...this.#run(1, [op.set, STATE])],
    ];
  }

  /** state mod n, unsigned. */
  #choice(n: number): number[] {
    return [...this.#state(), ...this.#run(1, i32(n)), ...this.#run(PRICES.remainder, [0x70])];
  }

  #loop({ turns, body }: Extract<Statement, { kind: "loop" }>): number[] {
    const counter = FIRST_COUNTER + this.#loops++;
    if (counter >= FIRST_COUNTER + LOCALS - 1) return [op.nop];
    return [
      ...[...this.#run(1, i32(0)), ...this.#run(1, [op.set, counter])],
      ...[op.loop, op.void, ...this.#inside({ values: 0, loop: true }, body)],
      ...[...this.#run(1, [op.get, counter]), ...this.#run(1, i32(1)), ...this.#run(1, [op.i32Add])],
      ...[...this.#run(1, [op.tee, counter]), ...this.#run(1, i32(turns)), ...this.#run(1, [0x48])],
      ...[...this.#run(1, [op.brIf, 0]), op.end],
    ];
  }

  #if(statement: Extract<Statement, { kind: "if" }>): number[] {
    const label = { values: 0, loop: false } as const;
    const head = [...this.#choice(2), ...this.#run(1, [op.if, EMPTY_BLOCK])];
    const then = this.#inside(label, statement.then);
    const other = statement.else === null ? [] : [op.else, ...this.#inside(label, statement.else)];
    return [...head, ...then, ...other, op.end];
  }

  /** @returns how far out the label is that a branch may go to. */
  #target(wanted: number, values?: 0 | 1): { readonly depth: number; readonly label: Label } | undefined {
    const open = this.#labels
      .map((label, at) => ({ label, depth: this.#labels.length - 1 - at }))
      .filter(({ label }) => !label.loop && (values === undefined || label.values === values));
    return open[wanted % Math.max(open.length, 1)];
  }

  #branch(wanted: number): number[] {
    const target = this.#target(wanted);
    if (target === undefined) return [];
    const values = target.label.values === 1 ? this.#state() : [];
    return [...values, ...this.#run(1, [op.br, target.depth])];
  }

  #branchIf(wanted: number): number[] {
    const target = this.#target(wanted);
    if (target === undefined) return [];
    const [before, after] = target.label.values === 1 ? [this.#state(), this.#run(1, [op.drop])] : [[], []];
    return [...before, ...this.#choice(3), ...this.#run(1, [op.brIf, target.depth]), ...after];
  }

  #branchTable(wanted: readonly number[]): number[] {
    const first = this.#target(wanted[0] ?? 0);
    if (first === undefined) return [];
    const { values } = first.label;
    const depths = wanted.map((target) => this.#target(target, values)?.depth ?? first.depth);
    const table = [op.brTable, ...uleb(depths.length - 1), ...depths];
    return [...(values === 1 ? this.#state() : []), ...this.#choice(5), ...this.#run(1, table)];
  }

  #call({ kind, target }: { readonly kind: "call" | "call-indirect"; readonly target: number }): number[] {
    const callees = this.#functions - this.#self - 1;
    if (callees === 0) return [op.nop];
    const callee = this.#self + 1 + (target % callees);
    const call =
      kind === "call"
        ? this.#run(PRICES.call, [op.call, FIRST_FUNCTION + callee])
        : [...this.#run(1, i32(callee)), ...this.#run(PRICES.indirect, [op.callIndirect, STATE_TYPE, 0])];
    return [...this.#state(), ...call, ...this.#run(1, [op.set, STATE])];
  }
}

/** Exports `run(state) → state`. Imports `env.tick(price)`, and calls it if it is `ticking`. */
export function writeProgram(source: ProgramSource, ticking: boolean): Uint8Array {
  const bodies = source.map((body, self) => new Emitter({ ticking, functions: source.length, self }).function(body));
  return assemble({
    memory: [0, 1],
    table: [0x70, 0, source.length],
    imports: [{ module: "env", name: "tick", params: [I32], results: [] }],
    functions: bodies.map((code, index) => ({
      ...(index === 0 && { export: "run" }),
      ...{ params: [I32], results: [I32], locals: [[LOCALS, I32]], code },
    })),
    elements: [[0, ...i32(0), op.end, source.length, ...source.map((_, index) => FIRST_FUNCTION + index)]],
  });
}
