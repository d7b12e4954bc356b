import { after, before, describe, it } from "node:test";
import { CAPS } from "../../../../node/sandbox/admission/rules.ts";
import { fetcher, op, uleb, type FunctionSpec } from "../support/assemble.ts";
import { reactor } from "../support/wat.ts";
import { createArena, type Arena } from "./arena.ts";

/** Large enough that the size is not what they are refused for. */
const limits = { moduleBytes: 4 * 1024 * 1024 };

/** Written without wabt, whose own stack such modules overflow. */
const nested = (depth: number) =>
  fetcher({
    observe: [...Array<number[]>(depth).fill([op.block, op.void]).flat(), ...Array<number>(depth).fill(op.end)],
  });
const branches = (targets: number) =>
  fetcher({
    observe: [
      op.block,
      op.void,
      op.get,
      0,
      op.brTable,
      ...uleb(targets),
      ...Array<number>(targets + 1).fill(0),
      op.end,
    ],
  });

/** Eight functions of half a MiB. Each of their instructions becomes a sequence that makes a NaN canonical. */
const roots = () => {
  const code = [op.f64, ...Array<number>(8).fill(0), ...Array<number>(520_000).fill(op.f64Sqrt), op.drop];
  return fetcher({ more: Array<FunctionSpec>(8).fill({ code }) });
};

describe("a module of a hostile shape is refused", { timeout: 60_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  it("100,000 nested blocks", () => arena.refuses(nested(100_000), "nesting", limits));
  it("a few more nested blocks than admitted", () => arena.refuses(nested(CAPS.nesting + 2), "nesting"));
  it("a br_table of 100,000 targets", () => arena.refuses(branches(100_000), "branch-table", limits));
  it("a br_table of more targets than the engine takes", () => arena.refuses(branches(70_000), "branch-table", limits));
  it("50,000 locals", async () => {
    await arena.refuses(fetcher({ locals: [[50_000, 0x7f]] }), "locals");
    // The engine's own limit: what it does not validate, the decoder explains.
    await arena.refuses(fetcher({ locals: [[0xffff_ffff, 0x7e]] }), "locals");
  });
  it("4 MiB of instructions that the meter would multiply", () => arena.refuses(roots(), "metered-size", limits));
  it("a function of 4 MiB", async () => {
    await arena.refuses(fetcher({ observe: Array<number>(4_100_000).fill(op.nop) }), "function-size", limits);
  });
  it("a table of 9 million entries", async () => {
    await arena.refuses(await reactor({ more: "(table 9000000 funcref)" }), "table");
  });
  it("65,536 pages of memory", async () => {
    await arena.refuses(await reactor({ memory: "65536" }), "memory");
  });
  it("more memory than its manifest grants", async () => {
    await arena.refuses(await reactor({ memory: "17" }), "memory", { memoryPages: 16 });
  });
  it("a byte more than its manifest grants", async () => {
    const bytes = await reactor({ more: "(func)" });
    await arena.refuses(bytes, "size", { moduleBytes: bytes.length - 1 });
  });
  it("a data segment outside its memory", async () => {
    await arena.refuses(await reactor({ more: '(data (i32.const 65535) "ab")' }), "data");
  });
  it("an element segment outside its table", async () => {
    const more = "(table 1 funcref) (func $f) (elem (i32.const 1) $f)";
    await arena.refuses(await reactor({ more }), "element");
  });
});
