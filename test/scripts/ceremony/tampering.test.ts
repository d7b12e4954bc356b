import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import type { Hex } from "../../../core/types/hex.ts";
import { digestOfFile } from "../../../scripts/ceremony/files/digests.ts";
import { readKeyHistory } from "../../../scripts/ceremony/files/key-file.ts";
import { verifyCeremony } from "../../../scripts/ceremony/verify.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";
import {
  BEACON_VALUE,
  contributedPowers,
  copyOf,
  finishedCeremony,
  otherCircuit,
  powersDigest,
  stockSnarkjs,
  tinyDeps,
  type WrittenTranscript,
} from "../../support/tiny-ceremony.ts";
import { sectionOf, spliced } from "./support/section-bytes.ts";

const scratch = scratchFolder();
let powers: string;
let finished: string;
let announced: Hex;
let copies = 0;

before(async () => {
  powers = await contributedPowers(scratch);
  announced = await powersDigest(powers);
  finished = await finishedCeremony(scratch, powers);
});

/** Which powers of tau the one who verifies was told of; undefined for none. */
type Announced = (transcript: WrittenTranscript) => Hex | undefined;
const asBegun: Announced = () => announced;
/** As if the world had been told of those that stand in the transcript. */
const asWritten: Announced = ({ powers: { blake2b } }) => blake2b as Hex;

type Change = (transcript: WrittenTranscript, file: (name: string) => string) => unknown;

interface Tampering {
  readonly change: Change;
  readonly announcement: Announced;
}

/** Changes a copy of the finished ceremony, and verifies it. */
async function verifyChanged({ change, announcement }: Tampering): Promise<unknown> {
  const folder = await copyOf(finished, path.join(scratch, "copies", String(copies++)));
  const file = (name: string) => path.join(folder, name);
  const transcript = JSON.parse(readFileSync(file("transcript.json"), "utf8")) as WrittenTranscript;
  await change(transcript, file);
  writeFileSync(file("transcript.json"), JSON.stringify(transcript));
  return verifyCeremony({ folder, blake2b: announcement(transcript) }, tinyDeps);
}

/** @param refusal the error's code, or all of its data that matters. */
function refuses(name: string, refusal: string | Record<string, unknown>, tampering: Change | Tampering): void {
  const { change, announcement } =
    typeof tampering === "function" ? { change: tampering, announcement: asBegun } : tampering;
  const data = typeof refusal === "string" ? { code: refusal } : refusal;
  it(`refuses ${name}: ${String(data.code)}`, async () => {
    const error: unknown = await verifyChanged({ change, announcement }).catch((thrown: unknown) => thrown);
    assert.ok(withCode(String(data.code))(error), String(error));
    for (const [key, value] of Object.entries(data))
      assert.equal((error as { data: Record<string, unknown> }).data[key], value, key);
  });
}

/** Gives a file other bytes, and the transcript its new digest, as a forger of the whole folder would. */
async function relabel(entry: Record<string, unknown>, file: string, bytes?: Uint8Array): Promise<void> {
  if (bytes !== undefined) writeFileSync(file, bytes);
  entry.sha256 = await digestOfFile(file);
}

function flipped(file: string, at: number): Buffer {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

const entryOf = ({ contributions }: WrittenTranscript, index: number) => contributions[index - 1]!;

describe("a ceremony whose powers of tau were tampered with", () => {
  refuses("another byte in the file", "powers-differ", (_transcript, file) => {
    writeFileSync(file("powers.ptau"), flipped(file("powers.ptau"), 5_000));
  });
  refuses("the same with its digest in the transcript", "powers-invalid", {
    async change({ powers: entry }, file) {
      // The second power of τ in G1, which no header repeats.
      const altered = spliced(file("powers.ptau"), { section: 2, at: 192, bytes: Buffer.alloc(64) });
      writeFileSync(file("powers.ptau"), altered);
      entry.blake2b = await powersDigest(file("powers.ptau"));
    },
    announcement: asWritten,
  });
  const otherPowers: Change = async ({ powers: entry }, file) => {
    const other = path.join(scratch, "other.ptau");
    await stockSnarkjs("powersoftau", "contribute", path.join(scratch, "ended.ptau"), other, "--name=x", "-e=y");
    await stockSnarkjs("powersoftau", "prepare", "phase2", other, file("powers.ptau"));
    entry.contributions = 3;
    entry.blake2b = await powersDigest(file("powers.ptau"));
  };
  refuses("valid ones of another ceremony", "initial-differs", { change: otherPowers, announcement: asWritten });
  refuses("valid ones, but not those that were announced", "powers-differ", otherPowers);
  refuses("valid ones that nobody is known to have published", "powers-unknown", {
    change: () => undefined,
    announcement: () => undefined,
  });
});

describe("a ceremony whose circuit was tampered with", () => {
  refuses("other constraints in the folder", "file-altered", (_transcript, file) => {
    writeFileSync(file("circuit.r1cs"), flipped(file("circuit.r1cs"), 200));
  });
  refuses("other constraints, named in the transcript", "circuit-differs", async ({ circuit }, file) => {
    copyFileSync((await otherCircuit()).r1cs.path, file("circuit.r1cs"));
    circuit.r1cs = await digestOfFile(file("circuit.r1cs"));
  });
  refuses("an initial key of another circuit", "initial-differs", async (transcript, file) => {
    const { r1cs } = await otherCircuit();
    await stockSnarkjs("groth16", "setup", r1cs.path, powers, file("0000.zkey"));
    await relabel(transcript.initial, file("0000.zkey"));
    entryOf(transcript, 1).previous = transcript.initial.sha256;
  });
  refuses("a last key of another circuit", "circuit-differs", async (transcript, file) => {
    const { r1cs } = await otherCircuit();
    await stockSnarkjs("groth16", "setup", r1cs.path, powers, file("0003.zkey"));
    await relabel(transcript.beacon!, file("0003.zkey"));
  });
});

describe("a ceremony whose transcript was tampered with", () => {
  const broken = { code: "transcript-broken", index: 1 };
  const differs = (index: number, field: string) => ({ code: "transcript-differs", index, field });
  const hash = `0x${"12".repeat(64)}`;

  refuses("contributions in another order", broken, ({ contributions }) => contributions.reverse());
  refuses("names and hashes in another order", differs(1, "hash"), (transcript) => {
    const [first, second] = [entryOf(transcript, 1), entryOf(transcript, 2)];
    transcript.contributions = [
      { ...first, name: second.name, hash: second.hash },
      { ...second, name: first.name, hash: first.hash },
    ];
  });
  refuses("keys in another order, entries put right", "not-descended", async (transcript, file) => {
    const [first, second] = [readFileSync(file("0001.zkey")), readFileSync(file("0002.zkey"))];
    await relabel(entryOf(transcript, 1), file("0001.zkey"), second);
    await relabel(entryOf(transcript, 2), file("0002.zkey"), first);
    entryOf(transcript, 2).previous = entryOf(transcript, 1).sha256;
    transcript.beacon!.previous = entryOf(transcript, 2).sha256;
  });
  refuses("a missing entry", broken, ({ contributions }) => contributions.shift());
  refuses("a missing entry, links put right", "file-altered", (transcript) => {
    transcript.contributions.pop();
    transcript.beacon!.previous = entryOf(transcript, 1).sha256;
  });
  refuses("a missing entry, keys moved up", differs(3, "entry"), (transcript, file) => {
    transcript.contributions.pop();
    transcript.beacon!.previous = entryOf(transcript, 1).sha256;
    renameSync(file("0003.zkey"), file("0002.zkey"));
  });
  refuses("a last entry cut off, its key left", differs(3, "entry"), (transcript) => (transcript.beacon = null));
  refuses("another name", differs(2, "name"), (transcript) => (entryOf(transcript, 2).name = "Eve"));
  refuses("another contribution hash", differs(1, "hash"), (transcript) => (entryOf(transcript, 1).hash = hash));
  refuses("another hash of the beacon's contribution", differs(3, "hash"), ({ beacon }) => (beacon!.hash = hash));
  refuses("another beacon", differs(3, "beacon.value"), ({ beacon }) => (beacon!.value = `0x${"5f".repeat(32)}`));
  refuses("other iterations", differs(3, "beacon.iterationsExp"), ({ beacon }) => (beacon!.iterationsExp = 11));
  refuses("another digest of a key", "transcript-broken", (transcript) => {
    entryOf(transcript, 1).sha256 = `0x${"12".repeat(32)}`;
  });
  refuses("a famous name for powers of tau", differs(0, "powers.publishedAs"), ({ powers: entry }) => {
    entry.publishedAs = "powersOfTau28_hez_final_14.ptau";
  });
  refuses("larger powers of tau", differs(0, "powers.power"), ({ powers: entry }) => (entry.power = 28));
  refuses("more who made them", differs(0, "powers.contributions"), ({ powers: entry }) => (entry.contributions = 54));
  refuses("more constraints", differs(0, "circuit.constraints"), ({ circuit }) => (circuit.constraints = 14_245));
  refuses("another circuit hash", "circuit-differs", ({ initial }) => (initial.circuitHash = hash));
  refuses("an unknown field", "transcript-malformed", (transcript) => {
    Object.assign(transcript, { comment: "trust me" });
  });
});

describe("a ceremony whose keys were tampered with", () => {
  refuses("a byte of a key between", "file-altered", (_transcript, file) => {
    writeFileSync(file("0001.zkey"), flipped(file("0001.zkey"), 900));
  });
  refuses("a key that is cut off", "file-altered", (_transcript, file) => {
    writeFileSync(file("0003.zkey"), readFileSync(file("0003.zkey")).subarray(0, -40));
  });
  refuses("a key that is cut off, its digest put right", "file-malformed", async ({ beacon }, file) => {
    await relabel(beacon!, file("0003.zkey"), readFileSync(file("0003.zkey")).subarray(0, -40));
  });
  refuses("a proving key that its contributions do not make", "key-invalid", async ({ beacon }, file) => {
    // The private wires' points of the key before, still over its δ.
    await relabel(
      beacon!,
      file("0003.zkey"),
      spliced(file("0003.zkey"), { section: 8, at: 0, bytes: sectionOf(file("0002.zkey"), 8) }),
    );
  });
  refuses("a δ outside its group", "point-invalid", async ({ beacon }, file) => {
    await relabel(
      beacon!,
      file("0003.zkey"),
      spliced(file("0003.zkey"), { section: 2, at: 532, bytes: Buffer.alloc(128, 7) }),
    );
  });
  refuses("a second beacon", "beacon-misplaced", async (transcript, file) => {
    await stockSnarkjs("zkey", "beacon", file("0003.zkey"), file("0004.zkey"), BEACON_VALUE.slice(2), "10", "-n=b");
    await enterBeaconAsContribution(transcript, file);
    transcript.beacon = await entryFor(transcript, file("0004.zkey"));
    Object.assign(transcript.beacon, { source: "again", value: BEACON_VALUE, iterationsExp: 10 });
  });
  refuses("a contribution after the beacon", "beacon-misplaced", async (transcript, file) => {
    await stockSnarkjs("zkey", "contribute", file("0003.zkey"), file("0004.zkey"), "--name=Eve", "-e=x");
    await enterBeaconAsContribution(transcript, file);
    const entry = await entryFor(transcript, file("0004.zkey"));
    transcript.contributions.push({ index: 4, name: "Eve", origin: "received", ...entry });
  });
  refuses("a beacon that was not made of its value", "key-invalid", async ({ beacon }, file) => {
    const key = file("0003.zkey");
    const bytes = sectionOf(key, 10);
    const at = bytes.lastIndexOf(Buffer.from(BEACON_VALUE.slice(2), "hex"));
    await relabel(beacon!, key, spliced(key, { section: 10, at, bytes: Buffer.alloc(32, 0x5f) }));
    beacon!.value = `0x${"5f".repeat(32)}`;
  });
});

async function enterBeaconAsContribution(transcript: WrittenTranscript, file: (name: string) => string): Promise<void> {
  const { previous, sha256, hash, time } = transcript.beacon!;
  const { contributions } = await readKeyHistory(file("0003.zkey"));
  const entry = { index: 3, name: contributions[2]!.name, origin: "made", previous, sha256, hash, time };
  transcript.contributions.push(entry);
  transcript.beacon = null;
}

/** The entry of a key that was made from the last one. */
async function entryFor({ contributions }: WrittenTranscript, key: string): Promise<Record<string, unknown>> {
  const carried = (await readKeyHistory(key)).contributions;
  const previous = contributions.at(-1)!.sha256;
  return { previous, sha256: await digestOfFile(key), hash: carried.at(-1)!.hash, time: "2026-01-02T03:04:05.000Z" };
}
