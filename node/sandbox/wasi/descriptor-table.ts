import { wasi } from "@bjorn3/browser_wasi_shim";
import type { PreopenedFolder } from "../../../core/ports/sandbox.ts";
import { hasRights, OpenedFolder, type Descriptor } from "./descriptors.ts";
import { folderRoots } from "./read-only-folders.ts";

export interface DescriptorTableOptions {
  readonly folders: readonly PreopenedFolder[];
  /** Open at once, stdin, stdout and stderr among them. */
  readonly limit: number;
}

/** The guest's open descriptors: stdin, stdout, stderr, then the folders in the manifest's order. */
export class DescriptorTable {
  readonly #limit: number;
  /** Never longer than the limit, or than what is open at the start: a new descriptor takes the lowest free number. */
  readonly slots: (Descriptor | undefined)[];

  constructor(stdio: readonly Descriptor[], { folders, limit }: DescriptorTableOptions) {
    this.#limit = limit;
    const opened = folderRoots(folders).map(({ path, root }) => new OpenedFolder(root, { preopened: path }));
    this.slots = [...stdio, ...opened];
  }

  get(fd: number): Descriptor | undefined {
    return this.slots[fd];
  }

  /** Runs `action` on an open descriptor that has all of `rights`. @returns its errno, else `badf` or `notcapable`. */
  use(fd: number, rights: number, action: (descriptor: Descriptor) => number): number {
    const descriptor = this.get(fd);
    if (descriptor === undefined) return wasi.ERRNO_BADF;
    return hasRights(descriptor, rights) ? action(descriptor) : wasi.ERRNO_NOTCAPABLE;
  }

  /** @returns the new descriptor's number, undefined where the limit is reached. */
  add(descriptor: Descriptor): number | undefined {
    const free = this.slots.indexOf(undefined);
    const fd = free < 0 ? this.slots.length : free;
    if (fd >= this.#limit) return undefined;
    this.slots[fd] = descriptor;
    return fd;
  }

  /** Gives the descriptor `from` the number `to`, whose descriptor is closed. */
  renumber(from: number, to: number): number {
    const moved = this.get(from);
    if (moved === undefined || this.get(to) === undefined) return wasi.ERRNO_BADF;
    this.slots[from] = undefined;
    this.slots[to] = moved;
    return wasi.ERRNO_SUCCESS;
  }

  close(fd: number): number {
    if (this.get(fd) === undefined) return wasi.ERRNO_BADF;
    this.slots[fd] = undefined;
    return wasi.ERRNO_SUCCESS;
  }
}
