import { wasi } from "@bjorn3/browser_wasi_shim";

export interface FileAttributes {
  readonly inode: bigint;
  readonly filetype: number;
  readonly size: bigint;
}

/** Offsets in bytes of a `subscription` and, for timers, of what its union holds. */
interface SubscriptionLayout {
  readonly bytes: number;
  readonly clockId: number;
  readonly timeout: number;
  readonly clockFlags: number;
}

/**
 * Where the two generations differ though their function types agree. Source: `linkcount`, `whence` and
 * `subscription_clock` in the `typenames.witx` of WASI's `legacy/preview0` and `legacy/preview1`; the rest is the same.
 */
export interface Dialect {
  /** Bytes of a `filestat`, and where its fields behind the file type are. All times are 0. */
  readonly filestat: {
    readonly bytes: number;
    readonly linksBytes: 4 | 8;
    readonly links: number;
    readonly size: number;
  };
  /** Meaning of each `whence`, as the shim numbers them. */
  readonly whence: readonly number[];
  readonly subscription: SubscriptionLayout;
}

export const PREVIEW_1: Dialect = {
  filestat: { bytes: 64, linksBytes: 8, links: 24, size: 32 },
  whence: [wasi.WHENCE_SET, wasi.WHENCE_CUR, wasi.WHENCE_END],
  subscription: { bytes: 48, clockId: 16, timeout: 24, clockFlags: 40 },
};

/** Snapshot 0: links are counted in 32 bits, `whence` starts with `cur`, a timer has an identifier of its own. */
export const UNSTABLE: Dialect = {
  filestat: { bytes: 56, linksBytes: 4, links: 20, size: 24 },
  whence: [wasi.WHENCE_CUR, wasi.WHENCE_END, wasi.WHENCE_SET],
  subscription: { bytes: 56, clockId: 24, timeout: 32, clockFlags: 48 },
};

/** Writes a `filestat` of device 0 with one link and times 0, over all of its bytes. */
export function writeFilestat({ filestat }: Dialect, target: Uint8Array, attributes: FileAttributes): void {
  target.fill(0);
  const view = new DataView(target.buffer, target.byteOffset, filestat.bytes);
  view.setBigUint64(8, attributes.inode, true);
  view.setUint8(16, attributes.filetype);
  if (filestat.linksBytes === 8) view.setBigUint64(filestat.links, 1n, true);
  else view.setUint32(filestat.links, 1, true);
  view.setBigUint64(filestat.size, attributes.size, true);
}
