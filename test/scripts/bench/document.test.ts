import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { documentOf, tableOf } from "../../../scripts/bench/document.ts";
import { describeCommit, describeHost } from "../../../scripts/bench/host.ts";

const FINDINGS = {
  bench: "gas",
  commit: "abc",
  host: { cpu: "A CPU", cores: 2, node: "24.0.0" },
  measurements: [
    { about: "words for people", name: "gas.push", value: 68_611, unit: "gas", runs: 10, min: 68_581, max: 68_629 },
    { name: "gas.read", value: 5_763, unit: "gas", about: "more words" },
  ],
};

describe("documentOf", () => {
  it("holds the figures alone, in the order in which they are read", () => {
    const expected = {
      ...{ bench: "gas", commit: "abc", host: { cpu: "A CPU", cores: 2, node: "24.0.0" } },
      results: [
        { name: "gas.push", value: 68_611, unit: "gas", runs: 10, min: 68_581, max: 68_629 },
        { name: "gas.read", value: 5_763, unit: "gas" },
      ],
    };
    assert.equal(JSON.stringify(documentOf(FINDINGS)), JSON.stringify(expected));
  });
});

describe("tableOf", () => {
  it("shows every figure with its range, its runs and what it covers", () => {
    const table = tableOf(FINDINGS);
    assert.match(table, /gas at abc, A CPU, 2 cores, Node 24\.0\.0/);
    assert.match(table, /gas\.push .* 68,611 gas .* 68,581 … 68,629 .* 10 .* words for people/);
    assert.match(table, /gas\.read .* 5,763 gas .* more words/);
  });
});

describe("the host", () => {
  it("is described by what the figures depend on", async () => {
    const { cpu, cores, node } = describeHost();
    assert.ok(cpu.length > 0 && cores > 0);
    assert.match(node, /^\d+\.\d+\.\d+$/);
    assert.match(await describeCommit(), /^([0-9a-f]{40}(-dirty)?|unknown)$/);
  });
});
