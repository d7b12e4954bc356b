import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDeterminacy } from "../../../../scripts/circuits/determinacy/check.ts";
import type { Claim } from "../../../../scripts/circuits/determinacy/reasons.ts";
import { groupsOf } from "../../../../scripts/circuits/determinacy/summary.ts";
import { listedCircuit } from "../../../support/circuits.ts";

/** Signals of a circuit that are not determined, an array's as one. @param source without `pragma` and `main`. */
async function undetermined(call: string, source: string): Promise<string[]> {
  const { undetermined: names } = checkDeterminacy(await circuit(call, source), []);
  return [...groupsOf(names).keys()].sort();
}

function circuit(call: string, source: string) {
  return listedCircuit(call, `pragma circom 2.1.6;\n${source}\ncomponent main = ${call};\n`);
}

/** A decomposition into bits of our own, with a part that may be left out. */
function bits({ bit = "out[i] * (out[i] - 1) === 0;", sum = "sum === in;" }): string {
  return `template Bits(n) {
    signal input in;
    signal output out[n];
    var sum = 0;
    for (var i = 0; i < n; i++) { out[i] <-- (in >> i) & 1; ${bit} sum += out[i] * 2 ** i; }
    ${sum}
  }`;
}

function isZero(second: string): string {
  return `template IsNothing() {
    signal input in;
    signal output out;
    signal inverse;
    inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    ${second}
  }`;
}

function quotient(constraint: string): string {
  return `template Quotient() {
    signal input dividend;
    signal output quotient;
    signal output rest;
    quotient <-- dividend \\ 8;
    rest <-- dividend % 8;
    ${constraint}
  }`;
}

function range(name: string, bitCount: number): string {
  return `component ${name}Bits = Num2Bits(${bitCount}); ${name}Bits.in <== ${name};`;
}

const BITIFY = 'include "circomlib/circuits/bitify.circom";';

describe("known defects are reported by the signals' names", () => {
  it("a hint that nothing is held against", async () => {
    const sum = "dividend === quotient * 8 + rest;";
    const whole = `${sum} ${range("quotient", 200)} ${range("rest", 3)}`;
    assert.deepEqual(await undetermined("Quotient()", BITIFY + quotient(whole)), []);
    assert.deepEqual(await undetermined("Quotient()", quotient("")), ["main.quotient", "main.rest"]);
    assert.deepEqual(await undetermined("Quotient()", quotient(sum)), ["main.quotient", "main.rest"]);
    // A remainder of up to 15, by 8: 12 = 8 + 4 = 0 + 12.
    const loose = await undetermined(
      "Quotient()",
      BITIFY + quotient(`${sum} ${range("quotient", 200)} ${range("rest", 4)}`),
    );
    assert.deepEqual(loose.slice(0, 2), ["main.quotient", "main.quotientBits.in"]);
  });

  it("bits of which one is any number", async () => {
    assert.deepEqual(await undetermined("Bits(8)", bits({})), []);
    const bit = "if (i != 3) { out[i] * (out[i] - 1) === 0; }";
    assert.deepEqual(await undetermined("Bits(8)", bits({ bit })), ["main.out[*]"]);
  });

  it("bits that add up to nothing in particular", async () => {
    assert.deepEqual(await undetermined("Bits(8)", bits({ sum: "" })), ["main.out[*]"]);
  });

  it("254 bits, which have room for two readings of an element", async () => {
    assert.deepEqual(await undetermined("Num2Bits(253)", BITIFY), []);
    assert.deepEqual(await undetermined("Num2Bits(254)", BITIFY), ["main.out[*]"]);
  });

  it("a test for zero that may always say no, or yes", async () => {
    assert.deepEqual(await undetermined("IsNothing()", isZero("in * out === 0;")), ["main.inverse"]);
    assert.deepEqual(await undetermined("IsNothing()", isZero("")), ["main.inverse", "main.out"]);
  });

  it("circomlib's decoder, which may select nothing", async () => {
    const names = await undetermined("Decoder(4)", 'include "circomlib/circuits/multiplexer.circom";');
    assert.deepEqual(names, ["main.out[*]", "main.success"]);
  });

  it("not its comparisons and tests for equality, but for the inverse of 0", async () => {
    const comparators = 'include "circomlib/circuits/comparators.circom";';
    assert.deepEqual(await undetermined("LessThan(32)", comparators), []);
    assert.deepEqual(await undetermined("IsEqual()", comparators), ["main.isz.inv"]);
  });
});

describe("a claim", () => {
  const call = "Bits(254)";
  const claim = (kind: Claim["kind"], text: string): Claim => ({ template: "Bits", kind, text, at: "main" });
  const staleOf = async (source: string, name: string, claims: readonly Claim[]) => {
    const { stale, undetermined: names } = checkDeterminacy(await circuit(name, source), claims);
    return [names.length, ...stale];
  };

  it("counts where it is needed", async () => {
    for (const kind of ["determined", "chosen"] as const) {
      assert.deepEqual(await staleOf(bits({}), call, [claim(kind, "out[*]")]), [0]);
    }
    const division = `template Bits() { signal input a, b; signal output c; c <-- a / b; c * b === a; }`;
    assert.deepEqual(await staleOf(division, "Bits()", [claim("nonzero", "b")]), [0]);
    const inverses = `template Bits() { signal input a[3][2]; signal output c[3]; for (var i = 0; i < 3; i++) {
      c[i] <-- 1 / (a[i][0] - a[i][1]); c[i] * (a[i][0] - a[i][1]) === a[0][0]; } }`;
    assert.deepEqual(await staleOf(inverses, "Bits()", []), [3]);
    assert.deepEqual(await staleOf(inverses, "Bits()", [claim("nonzero", "a[*][1] - a[*][0]")]), [0]);
  });

  it("is stale that is not needed, or that the constraints say themselves", async () => {
    const whole = bits({});
    assert.deepEqual(await staleOf(whole, "Bits(8)", [claim("determined", "out[3]")]), [
      ...[0, "Bits: out[3] is determined without being listed (main)"],
    ]);
    assert.deepEqual(await staleOf(whole, "Bits(8)", [claim("nonzero", "out[3] + 1")]), [
      ...[0, "Bits: out[3] + 1 is not 0 by the constraints alone (main)"],
    ]);
    assert.deepEqual(await staleOf(whole, "Bits(8)", [claim("nonzero", "in")]), [
      ...[0, "Bits: in need not be claimed: no signal needs it (main)"],
    ]);
  });

  it("is stale whose signals are no more", async () => {
    assert.deepEqual(await staleOf(bits({}), "Bits(8)", [claim("nonzero", "gone"), claim("chosen", "gone[*]")]), [
      ...[0, "Bits: gone speaks of no signal (main)", "Bits: gone[*] is no signal (main)"],
    ]);
  });
});
