import type { SegmentFile, SegmentFiles } from "../../../../node/module-storage/segment-files.ts";
import type { Random } from "../../../support/random.ts";

/** Disks write whole sectors; which of them arrive before the power goes is anybody's guess. */
const SECTOR = 512;

interface SimulatedFile {
  /** What survives for certain. */
  durable: Uint8Array;
  /** What reads see. */
  current: Uint8Array;
  /** Writes since the last synchronisation. */
  pending: { readonly offset: number; readonly bytes: Uint8Array }[];
}

/** What happens instead of one write or synchronisation. */
export type Fault = "power-loss" | "write-error" | "silent-write-error";

class PowerLost extends Error {}

/**
 * Segment files that can fail at each operation: the power goes, and of what was not synchronised any sectors are lost; or
 * an error is reported, with or without any of it having reached the disk, after which the system believes all is clean.
 */
export class SimulatedDisk implements SegmentFiles {
  readonly #random: Random;
  readonly #files = new Map<number, SimulatedFile>();
  #faults: (operation: number) => Fault | undefined = () => undefined;
  #operations = 0;
  #dead = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Writes and synchronisations since the last restart. */
  get operations(): number {
    return this.#operations;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Loses what is not on the disk, whether or not the power had gone already, and counts operations anew. */
  restart(faults: (operation: number) => Fault | undefined = () => undefined): void {
    for (const file of this.#files.values()) {
      this.#tear(file);
      file.current = file.durable.slice();
    }
    this.#operations = 0;
    this.#dead = false;
    this.#faults = faults;
  }

  bytes(slot: number): Uint8Array {
    return this.#files.get(slot)!.durable;
  }

  open(slot: number, bytes: number): Promise<SegmentFile> {
    let file = this.#files.get(slot);
    if (file === undefined) {
      file = { durable: new Uint8Array(bytes), current: new Uint8Array(bytes), pending: [] };
      this.#files.set(slot, file);
    }
    const opened = file;
    return Promise.resolve({
      read: () => Promise.resolve(opened.current.slice()),
      write: (content, offset) => this.#write(opened, { offset, bytes: content.slice() }),
      sync: () => this.#sync(opened),
      close: () => Promise.resolve(),
    });
  }

  async #write(file: SimulatedFile, write: SimulatedFile["pending"][number]): Promise<void> {
    const fault = await this.#step();
    if (fault === "write-error") throw diskFull();
    file.current.set(write.bytes, write.offset);
    file.pending.push(write);
    if (fault === "silent-write-error") throw diskFull();
    if (fault === "power-loss") this.#die();
  }

  async #sync(file: SimulatedFile): Promise<void> {
    const fault = await this.#step();
    if (fault === "power-loss") this.#die();
    if (fault !== undefined) this.#tear(file);
    for (const { bytes, offset } of file.pending) file.durable.set(bytes, offset);
    file.pending = [];
    if (fault !== undefined) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  }

  async #step(): Promise<Fault | undefined> {
    await Promise.resolve();
    if (this.#dead) throw new PowerLost();
    return this.#faults(++this.#operations);
  }

  #die(): never {
    this.#dead = true;
    throw new PowerLost();
  }

  /** Each sector of each pending write arrives, or does not. */
  #tear(file: SimulatedFile): void {
    const arrives = [0, 0.5, 1][this.#random.integer(3)]!;
    for (const { bytes, offset } of file.pending) {
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (this.#random.next() < arrives) file.durable.set(bytes.subarray(at, end), offset + at);
        at = end;
      }
    }
    file.pending = [];
  }
}

function diskFull(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}
