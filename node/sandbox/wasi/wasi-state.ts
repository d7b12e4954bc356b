import { WASI, type Fd } from "@bjorn3/browser_wasi_shim";
import type { PreopenedFolder } from "../../../core/ports/sandbox.ts";
import type { GuestSession } from "../guest/session.ts";
import { VirtualClock } from "./clock.ts";
import { DescriptorTable } from "./descriptor-table.ts";
import { Output, Stdin } from "./descriptors.ts";
import { Stderr, Stdout } from "./output.ts";
import { RandomStream } from "./random.ts";

/** The part of a program's terms that WASI shows to it. */
export interface WasiTerms {
  readonly folders: readonly PreopenedFolder[];
  readonly fileDescriptors: number;
}

type ShimCall = (...args: readonly (number | bigint)[]) => number;

/** The shim's marshalling of what is right as it stands. What is not used here it gets wrong, or answers from the machine. */
export interface Shim {
  args: string[];
  readonly wasiImport: Readonly<
    Record<
      | "args_get"
      | "args_sizes_get"
      | "environ_get"
      | "environ_sizes_get"
      | "fd_prestat_dir_name"
      | "fd_prestat_get"
      | "fd_readdir"
      | "fd_seek"
      | "fd_tell",
      ShimCall
    >
  >;
}

/**
 * What the WASI functions of one instance share. Instances are made before it is known what they will run, and many never
 * call WASI at all, so each part is made at its first use.
 */
export class WasiState {
  readonly session: GuestSession;
  readonly stdout: Stdout;
  readonly stderr: Stderr;
  readonly #terms: WasiTerms;
  readonly #stdin = new Stdin();
  #table: DescriptorTable | undefined;
  #shim: Shim | undefined;
  #clock: VirtualClock | undefined;
  #random: RandomStream | undefined;

  constructor(session: GuestSession, terms: WasiTerms) {
    this.session = session;
    this.stdout = new Stdout(session);
    this.stderr = new Stderr(session);
    this.#terms = terms;
  }

  /** Takes the input of the session's run. Before it stdin is empty; the arguments, clock and randomness are a trap. */
  begin(): void {
    this.#stdin.file.data = this.session.run.input;
  }

  get table(): DescriptorTable {
    return (this.#table ??= this.#openTable());
  }

  /** The shim, over the guest's memory and descriptors. It trusts its arguments: check them before it is called. */
  get shim(): Shim {
    return (this.#shim ??= this.#makeShim());
  }

  get clock(): VirtualClock {
    return (this.#clock ??= new VirtualClock(this.session.run.time));
  }

  get random(): RandomStream {
    return (this.#random ??= new RandomStream(this.session.run));
  }

  /** A view of a record of the guest's memory; fields are little-endian. */
  view(pointer: number, length: number): DataView {
    const { buffer, byteOffset } = this.session.bytes(pointer, length);
    return new DataView(buffer, byteOffset, length);
  }

  #openTable(): DescriptorTable {
    const stdout = new Output((chunk) => this.stdout.append(chunk));
    const stderr = new Output((chunk) => this.stderr.append(chunk));
    const { folders, fileDescriptors: limit } = this.#terms;
    return new DescriptorTable([this.#stdin, stdout, stderr], { folders, limit });
  }

  #makeShim(): Shim {
    // A closed descriptor leaves a hole, as in the shim's own list. Without the option it prints to the console.
    const shim = new WASI([], [], this.table.slots as Fd[], { debug: false });
    const { session } = this;
    shim.inst = {
      exports: {
        get memory() {
          return session.memory;
        },
      },
    };
    return shim as unknown as Shim;
  }
}
