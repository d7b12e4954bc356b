import assert from "node:assert/strict";
import { it } from "node:test";
import { admitCore, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal, type RuleName } from "../../../../node/sandbox/admission/refusal.ts";
import type { StageName } from "../../../../node/sandbox/admission/stage.ts";
import { I32 } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { ALLOC, assemble, op, phase, type ModuleSpec } from "./assemble.ts";

/** How a module is refused. */
export interface Refused {
  readonly rule: RuleName;
  readonly section?: string;
  /** The bytes that stand at the refusal's offset; none at the end of the file. Left out where no place is known. */
  readonly at?: readonly number[];
  readonly message?: RegExp;
  readonly stage?: StageName;
  readonly options?: AdmissionOptions;
}

export type RefusedModules = Readonly<Record<string, readonly [Uint8Array, Refused]>>;

export function assertRefused(bytes: Uint8Array, { rule, section, at, message = /./, stage, options }: Refused): void {
  assert.throws(
    () => admitCore(bytes, options),
    (error) => {
      assert.ok(isModuleRefusal(error), String(error));
      const { data } = error;
      assert.equal(data.rule, rule, error.message);
      assert.equal(data.section, section, error.message);
      assert.equal(data.offset !== undefined, at !== undefined, `offset ${data.offset}: ${error.message}`);
      if (at !== undefined && data.offset !== undefined) {
        assert.deepEqual([...bytes.subarray(data.offset, data.offset + at.length)], at, error.message);
        assert.ok(error.message.endsWith(`at offset ${data.offset}]`), error.message);
      }
      assert.match(error.message, message);
      assert.match(error.message, /: /, "says how to mend it");
      assert.ok(!error.message.includes("\n"), "one line");
      if (stage !== undefined) assert.equal(data.stage, stage);
      assert.ok(data.stage !== undefined, "names its stage");
      assert.ok(
        data.stages?.every(({ name }) => name !== data.stage),
        "which it has not passed",
      );
      return true;
    },
  );
}

export function itRefuses(modules: RefusedModules): void {
  for (const [what, [bytes, expected]] of Object.entries(modules)) {
    it(`${what}: ${expected.rule}`, () => assertRefused(bytes, expected));
  }
}

/** Options of a manifest with these limits. */
export function limits(values: NonNullable<AdmissionOptions["limits"]>) {
  return { options: { limits: values } } as const;
}

/** A name as it stands in the file. */
export function text(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}

const PHASES = [ALLOC, phase("requests"), phase("observe")] as const;

/** A fetcher that does nothing, with some of its parts changed. */
export function reactor(spec: ModuleSpec): Uint8Array {
  return assemble({ memory: [0, 1], functions: PHASES, ...spec });
}

export const ABORT = { module: "env", name: "abort", params: [I32, I32, I32, I32], results: [] };
export const LOG = { module: "quorate", name: "log", params: [I32, I32, I32], results: [] };
/** An f32 of zero. */
export const ZERO_32 = [op.f32, 0, 0, 0, 0];

/** Blocks within blocks, all of them empty. */
export function nested(depth: number): number[] {
  return [...Array<number[]>(depth).fill([op.block, op.void]).flat(), ...Array<number>(depth).fill(op.end)];
}
