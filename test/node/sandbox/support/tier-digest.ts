import { createHash } from "node:crypto";
import { F64, I32 } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { encodeObserveInput } from "../../../../core/codec/envelope.ts";
import { admitCore } from "../../../../node/sandbox/admission/admit.ts";
import { answer, moduleBytes } from "../../../fetchers/support/fetcher-run.ts";
import { fetcher, i32, op } from "./assemble.ts";
import { compileAdmitted, observe, runPhase } from "./run-phase.ts";

/** One line: a digest over instrumented bytes, results and fuel of many runs. Run by `tiers.test.ts` under each tier. */
const hash = createHash("sha256");
const note = (value: object) =>
  hash.update(JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? String(entry) : entry)));

const bytes = moduleBytes("ticker-median");
hash.update(admitCore(bytes).emitted.bytes);
const module = compileAdmitted(bytes);
for (let round = 0; round < 200; round++) {
  const sources = ["gemini", "bitstamp", "coinbase"].map((id, at) =>
    answer(id, { last: `${round * at}.${at}`, price: `-${round}` }),
  );
  const input = encodeObserveInput({ feed: "F", time: round, params: {} }, sources);
  for (const fuel of [1_000_000n, BigInt(round) * 400n]) note(runPhase(module, { input, fuel }));
}
for (const locals of [0, 3, 50, 990]) {
  for (const type of [I32, F64]) {
    const recursion = fetcher({
      observe: [op.call, 3],
      more: [{ locals: [[locals, type]], code: [op.call, 3, ...i32(1), op.drop] }],
    });
    note(observe(recursion, { fuel: 50_000_000n }));
  }
}
// Operands held across the call: the frame is as large as the operand stack.
const operands = [...Array<number[]>(900).fill(i32(1)).flat(), op.call, 3, ...Array<number>(900).fill(op.drop)];
note(observe(fetcher({ observe: [op.call, 3], more: [{ code: operands }] }), { fuel: 50_000_000n }));
console.log(hash.digest("hex"));
