import { expect } from "chai";
import { AbiCoder, ZeroAddress, id, keccak256 } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { MAX_VALUE, MIN_VALUE, packLanes, packValues } from "../../../core/codec/report.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { IFeedHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";
import { statementVectors } from "../../support/statement-vectors.ts";
import { committeeBytes } from "../support/committee-bytes.ts";
import { sampleNumber } from "../support/sample-bytes.ts";

const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

interface Statement {
  readonly sequence: bigint;
  readonly observedAt: number;
  readonly window: number;
  readonly values: readonly (bigint | undefined)[];
}

const BASE: Statement = {
  sequence: sampleNumber(8),
  observedAt: 1_700_000_000,
  window: 10,
  values: [7n, undefined, -9n, 0n, MIN_VALUE, MAX_VALUE, -1n, 1n],
};
const CONFIG_DIGEST = id("configuration") as Hex;
const SET_ROOT = sampleNumber(31);

describe("MedianStatement", () => {
  let connection: NetworkConnection;
  let harness: ReportHarness;
  let errors: IFeedHub;
  before(async () => {
    connection = await network.create();
    harness = await connection.ethers.deployContract("ReportHarness");
    errors = await connection.ethers.getContractAt("IFeedHub", ZeroAddress);
  });

  const signalsOf = async ({ sequence, observedAt, window, values }: Statement, commitment: bigint) => {
    const lanes = values.length;
    const committee = committeeBytes({ configDigest: CONFIG_DIGEST, setRoot: SET_ROOT, window, lanes });
    return harness.publicSignals(sequence, observedAt, packLanes(values), committee, commitment);
  };

  /** w as the circuit has it, and what follows from it and C. */
  const expectedOf = async (
    { sequence, observedAt, window, values }: Statement,
    commitment: bigint,
  ): Promise<bigint[]> => {
    const { chainId } = await connection.ethers.provider.getNetwork();
    const encode = (types: string[], fields: unknown[]) => AbiCoder.defaultAbiCoder().encode(types, fields);
    const observation = encode(
      ["bytes32", "uint256", "address", "bytes32", "uint64"],
      [id("quorate.observation.v1"), chainId, await harness.getAddress(), CONFIG_DIGEST, sequence],
    );
    const mask = values.reduce<bigint>((bits, value, lane) => bits | (BigInt(value !== undefined) << BigInt(lane)), 0n);
    const medians = values.map((value = 0n) => (value < 0n ? FIELD + value : value));
    const times = [observedAt - window, observedAt + window, observedAt].map(BigInt);
    const w = [BigInt(keccak256(observation)) >> 8n, SET_ROOT, mask, ...times, ...medians];
    const tagged = encode([`uint256[${w.length + 2}]`], [[id("quorate.median.v1"), commitment, ...w]]);
    const x = BigInt(keccak256(tagged)) % FIELD;
    const y = w.reduceRight((sum, word) => (sum * x + word) % FIELD, 0n);
    return [commitment, x, y];
  };

  const statements: Readonly<Record<string, Statement>> = {
    "of eight lanes": BASE,
    "of one lane": { ...BASE, values: [-5n] },
    "of 32 lanes": { ...BASE, values: Array.from({ length: 32 }, (_, lane) => BigInt(lane) - 16n) },
    "of another slot": { ...BASE, sequence: BASE.sequence + 1n },
    "of the earliest time": { ...BASE, observedAt: BASE.window },
    "of the latest time": { ...BASE, observedAt: 2 ** 32 - 1 },
    "of no window": { ...BASE, window: 0 },
    "of the widest window": { ...BASE, window: 65_535 },
  };
  for (const [name, statement] of Object.entries(statements)) {
    it(`is bound by C, x and y ${name}`, async () => {
      for (const commitment of [0n, 1n, sampleNumber(31, 3), FIELD - 1n]) {
        const expected = await expectedOf(statement, commitment);
        expect([...(await signalsOf(statement, commitment))], `C = ${commitment}`).to.deep.equal(expected);
      }
    });
  }

  it("is that of the shared vectors, at their hub's address", async () => {
    const { ethers, networkHelpers } = connection;
    const { hub, configDigest, committee, statements: vectors } = statementVectors();
    await networkHelpers.setCode(hub, await ethers.provider.getCode(harness));
    const placed = await ethers.getContractAt("ReportHarness", hub);
    for (const { name, sequence, observedAt, window, mask, values, publicSignals } of vectors) {
      const data = committeeBytes({ configDigest, setRoot: committee.root, window, lanes: values.length });
      const signals = await placed.publicSignals(
        sequence,
        observedAt,
        packValues({ mask, values }),
        data,
        publicSignals[0],
      );
      expect([...signals], name).to.deep.equal(publicSignals);
    }
  });

  it("has a commitment below the field's order", async () => {
    for (const commitment of [FIELD, FIELD + 1n, 2n ** 256n - 1n]) {
      await expect(signalsOf(BASE, commitment))
        .to.be.revertedWithCustomError(errors, "CommitmentOutOfField")
        .withArgs(commitment);
    }
  });

  it("is not of a time before the window", async () => {
    for (const observedAt of [0, BASE.window - 1]) {
      await expect(signalsOf({ ...BASE, observedAt }, 1n))
        .to.be.revertedWithCustomError(errors, "ObservedBeforeWindow")
        .withArgs(observedAt, BASE.window);
    }
  });
});
