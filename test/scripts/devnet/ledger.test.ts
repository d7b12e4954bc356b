import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProofSeen, TransmissionSeen } from "../../../scripts/devnet/chain/chain-observer.ts";
import { Ledger } from "../../../scripts/devnet/ledger.ts";

const transmission = (sequence: bigint, gasUsed = 1n) => ({ sequence, gasUsed }) as TransmissionSeen;
const PROOF = { gasUsed: 2n } as ProofSeen;

describe("Ledger", () => {
  it("keeps rounds in the order in which the hub took them, the first transaction of each", () => {
    const ledger = new Ledger({ endless: false });
    assert.deepEqual(
      [transmission(5n), transmission(3n), transmission(5n, 9n)].map((seen) => ledger.transmitted(seen)),
      [true, true, false],
    );
    assert.deepEqual(
      ledger.rounds.map((round) => [round.transmission.sequence, round.transmission.gasUsed]),
      [
        [5n, 1n],
        [3n, 1n],
      ],
    );
  });

  it("adds what becomes known later and ignores rounds that it does not have", () => {
    const ledger = new Ledger({ endless: false });
    ledger.transmitted(transmission(1n));
    ledger.transmitted(transmission(2n));
    ledger.amend(1n, { proof: PROOF });
    ledger.amend(1n, { proving: { witnessMs: 1, proveMs: 2 } });
    ledger.amend(7n, { proof: PROOF });
    assert.deepEqual(
      ledger.rounds.map(({ proof, proving }) => [proof, proving?.proveMs]),
      [
        [PROOF, 2],
        [undefined, undefined],
      ],
    );
    assert.equal(ledger.provenCount, 1);
  });

  it("forgets the oldest rounds of a run without an end, and none of one with an end", () => {
    const [endless, ending] = [new Ledger({ endless: true }), new Ledger({ endless: false })];
    const many = 2_000;
    for (let sequence = 0; sequence < many; sequence++) {
      endless.transmitted(transmission(BigInt(sequence)));
      ending.transmitted(transmission(BigInt(sequence)));
    }
    assert.equal(ending.rounds.length, many);
    const kept = endless.rounds.map((round) => Number(round.transmission.sequence));
    assert.ok(kept.length >= 100 && kept.length < many, `${kept.length} rounds are kept`);
    assert.deepEqual(
      kept,
      kept.map((_, i) => many - kept.length + i),
    );
  });
});
