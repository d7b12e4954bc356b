import { expect } from "chai";
import { getBytes, id } from "ethers";
import { network } from "hardhat";
import { BASE8, affine, eighth, multiplyBase } from "../../../core/crypto/babyjubjub.ts";
import { deriveObserverKey } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS as FIELD } from "../../../core/crypto/field.ts";
import type { Point } from "../../../core/types/observation.ts";
import type { CommitteeHarness } from "../../../types/ethers-contracts/index.ts";

const NEUTRAL: Point = { x: 0n, y: 1n };
/** Of order two. */
const HALF_TURN: Point = { x: 0n, y: FIELD - 1n };
const KEYS = [affine(BASE8), ...[0, 1, 2].map((i) => deriveObserverKey(getBytes(id(`observer ${i}`))).publicKey)];

/** The same point with the sign of one coordinate turned: on the curve as well. */
const mirrored = ({ x, y }: Point): Point => ({ x: FIELD - x, y });
const upended = ({ x, y }: Point): Point => ({ x, y: FIELD - y });

describe("BabyJubJub", () => {
  let harness: CommitteeHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("CommitteeHarness");
  });

  it("takes coordinates below the field's order as reduced", async () => {
    const [below, at, above] = [FIELD - 1n, FIELD, 2n ** 256n - 1n];
    for (const x of [0n, below, at, above]) {
      for (const y of [0n, below, at, above]) {
        expect(await harness.isReduced({ x, y }), `${x}, ${y}`).to.equal(x <= below && y <= below);
      }
    }
  });

  it("knows the points of the curve, and their neighbours as none", async () => {
    for (const point of [NEUTRAL, HALF_TURN, ...KEYS, ...KEYS.map(mirrored), ...KEYS.map(upended)]) {
      const { x, y } = point;
      expect(await harness.isOnCurve(point), `${x}, ${y}`).to.equal(true);
      for (const other of [
        { x: x + 1n, y },
        { x, y: y + 1n },
        { x: y, y: x },
      ]) {
        expect(await harness.isOnCurve(other), `${other.x}, ${other.y}`).to.equal(false);
      }
    }
    expect(await harness.isOnCurve({ x: 0n, y: 0n })).to.equal(false);
  });

  it("knows a point's eighth", async () => {
    for (const key of KEYS) {
      const part = eighth(key)!;
      expect(await harness.isEightTimes(key, part)).to.equal(true);
      expect(await harness.isEightTimes(mirrored(key), mirrored(part)), "both mirrored").to.equal(true);
    }
    expect(await harness.isEightTimes(NEUTRAL, NEUTRAL)).to.equal(true);
    expect(await harness.isEightTimes(NEUTRAL, HALF_TURN)).to.equal(true);
  });

  it("tells another multiple from the eighth, and another sign of either coordinate", async () => {
    for (const factor of [1n, 2n, 4n, 16n, 24n]) {
      const [part, times] = [affine(multiplyBase(5n)), affine(multiplyBase(5n * factor))];
      expect(await harness.isEightTimes(times, part), `${factor} times`).to.equal(false);
    }
    for (const key of KEYS) {
      const part = eighth(key)!;
      for (const other of [mirrored(key), upended(key), upended(mirrored(key)), NEUTRAL, HALF_TURN]) {
        expect(await harness.isEightTimes(other, part), `${other.x}, ${other.y}`).to.equal(false);
      }
    }
  });
});
