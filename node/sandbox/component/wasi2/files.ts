import { Directory, type File } from "@bjorn3/browser_wasi_shim";
import { WASI_PRICES } from "../../wasi/limits.ts";
import { folderRoots } from "../../wasi/read-only-folders.ts";
import { COMPONENT } from "../costs.ts";
import { InputStream, Resource, type OutputStream } from "./io.ts";
import { ResultError, type ComponentState } from "./state.ts";

/** Part of wasi:filesystem's error codes: what a read-only tree without links can answer. */
type FileError =
  | "bad-descriptor"
  | "exist"
  | "insufficient-memory"
  | "invalid"
  | "is-directory"
  | "name-too-long"
  | "no-entry"
  | "not-directory"
  | "not-permitted"
  | "read-only";
type Node = Directory | File;
type DescriptorType = "directory" | "regular-file";

interface Stat {
  readonly type: DescriptorType;
  readonly linkCount: bigint;
  readonly size: bigint;
}

interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}

interface AccessFlags {
  readonly write?: boolean;
  readonly mutateDirectory?: boolean;
}

/** A file or folder of the manifest's read-only trees. Whatever would change it answers `read-only`. */
export class Descriptor extends Resource {
  readonly #node: Node;

  constructor(state: ComponentState, node: Node) {
    if (!state.open()) throw failed("insufficient-memory");
    super(state);
    this.#node = node;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.state.close();
  }

  readViaStream(offset: bigint): InputStream {
    const bytes = fileBytes(this.#node);
    let place = clamp(offset, bytes);
    return new InputStream(this.state, (most) => {
      const part = bytes.subarray(place, place + most);
      place += part.length;
      return part;
    });
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const bytes = fileBytes(this.#node);
    const start = clamp(offset, bytes);
    const most = length < BigInt(COMPONENT.writeBytes) ? Number(length) : COMPONENT.writeBytes;
    const part = bytes.subarray(start, start + most);
    this.state.session.charge(part.length);
    return [part, start + part.length === bytes.length];
  }

  readDirectory(): DirectoryEntryStream {
    return new DirectoryEntryStream(this.state, folder(this.#node));
  }

  openAt(...[, path, open, access]: [unknown, string, OpenFlags, AccessFlags]): Descriptor {
    const node = this.#find(path);
    if (node === undefined) throw failed(open.create === true ? "read-only" : "no-entry");
    if (open.create === true && open.exclusive === true) throw failed("exist");
    if (open.directory === true && !(node instanceof Directory)) throw failed("not-directory");
    if (open.truncate === true || access.write === true || access.mutateDirectory === true) throw failed("read-only");
    return new Descriptor(this.state, node);
  }

  stat(): Stat {
    return statOf(this.#node);
  }

  statAt(_flags: unknown, path: string): Stat {
    return statOf(this.#existing(path));
  }

  getType(): DescriptorType {
    return statOf(this.#node).type;
  }

  getFlags(): Readonly<Record<string, boolean>> {
    return { read: true };
  }

  metadataHash(): { readonly lower: bigint; readonly upper: bigint } {
    return { lower: this.#node.ino, upper: 0n };
  }

  metadataHashAt(_flags: unknown, path: string): { readonly lower: bigint; readonly upper: bigint } {
    return { lower: this.#existing(path).ino, upper: 0n };
  }

  isSameObject(other: Descriptor): boolean {
    return this.#node === other.#node;
  }

  readlinkAt(path: string): never {
    this.#existing(path);
    throw failed("invalid");
  }

  advise(): void {
    this.state.session.charge();
  }

  sync(): void {
    this.state.session.charge();
  }

  syncData(): void {
    this.state.session.charge();
  }

  #existing(path: string): Node {
    const node = this.#find(path);
    if (node === undefined) throw failed("no-entry");
    return node;
  }

  /** Looks a path up below this folder, and never above it. */
  #find(path: string): Node | undefined {
    // Copying the path out of the memory was charged, so that a long one costs as much; the price below has a bound.
    if (path.length > COMPONENT.pathBytes) throw failed("name-too-long");
    this.state.session.charge(path.length * WASI_PRICES.pathByte);
    if (path === "") throw failed("no-entry");
    if (path.startsWith("/")) throw failed("not-permitted");
    const trail: Directory[] = [];
    let node: Node | undefined = folder(this.#node);
    for (const name of path.split("/")) {
      if (name === "" || name === ".") continue;
      if (!(node instanceof Directory)) throw failed(node === undefined ? "no-entry" : "not-directory");
      if (name === "..") {
        node = trail.pop();
        if (node === undefined) throw failed("not-permitted");
      } else {
        trail.push(node);
        node = node.contents.get(name) as Node | undefined;
      }
    }
    if (path.endsWith("/") && node !== undefined) folder(node);
    return node;
  }
}

/** Methods that would change something; all answer alike. */
const CHANGES = [
  ...["writeViaStream", "appendViaStream", "setSize", "setTimes", "write", "createDirectoryAt", "setTimesAt", "linkAt"],
  ...["removeDirectoryAt", "renameAt", "symlinkAt", "unlinkFileAt"],
] as const;
for (const name of CHANGES) {
  Object.defineProperty(Descriptor.prototype, name, {
    value(this: Descriptor): OutputStream {
      // Refuses what is no descriptor first.
      this.advise();
      throw failed("read-only");
    },
  });
}

export class DirectoryEntryStream extends Resource {
  readonly #entries: Iterator<[string, unknown]>;

  constructor(state: ComponentState, { contents }: Directory) {
    super(state);
    this.#entries = contents.entries();
  }

  readDirectoryEntry(): { readonly type: DescriptorType; readonly name: string } | undefined {
    this.state.session.charge(WASI_PRICES.directoryEntry);
    const next = this.#entries.next();
    if (next.done === true) return undefined;
    const [name, node] = next.value;
    return { type: statOf(node as Node).type, name };
  }
}

/** The folders of the manifest, each time as new descriptors. */
export function openedFolders(state: ComponentState): [Descriptor, string][] {
  return folderRoots(state.terms.folders).map(({ path, root }) => [new Descriptor(state, root), path]);
}

function folder(node: Node): Directory {
  if (node instanceof Directory) return node;
  throw failed("not-directory");
}

function fileBytes(node: Node): Uint8Array {
  if (node instanceof Directory) throw failed("is-directory");
  return node.data;
}

function statOf(node: Node): Stat {
  if (node instanceof Directory) return { type: "directory", linkCount: 1n, size: 0n };
  return { type: "regular-file", linkCount: 1n, size: BigInt(node.data.length) };
}

function clamp(offset: bigint, { length }: Uint8Array): number {
  return offset < BigInt(length) ? Number(offset) : length;
}

function failed(code: FileError): ResultError {
  return new ResultError(code);
}
