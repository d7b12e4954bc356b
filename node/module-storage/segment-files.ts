import { type FileHandle, mkdir, open } from "node:fs/promises";
import path from "node:path";

/** One preallocated file. Its size never changes, so that a write needs no room of the disk and no metadata. */
export interface SegmentFile {
  /** All bytes. */
  read(): Promise<Uint8Array>;
  /** On the disk only after the next `sync`; until then a crash may leave any part of it. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The folder of the segments. The only way to the disk, so that tests can let it fail anywhere. */
export interface SegmentFiles {
  /** Opens the file of a slot; makes it, filled with zeros, where it is missing or shorter. It survives a crash from then on. */
  open(slot: number, bytes: number): Promise<SegmentFile>;
}

export function createSegmentFiles(folder: string): SegmentFiles {
  return {
    async open(slot, bytes) {
      await mkdir(folder, { recursive: true });
      const handle = await openOrCreate(path.join(folder, `segment-${String(slot).padStart(2, "0")}.log`));
      try {
        if ((await handle.stat()).size < bytes) {
          await allocate(handle, bytes);
          for (const name of [folder, path.dirname(folder)]) await syncFolder(name);
        }
      } catch (error) {
        await handle.close();
        throw error;
      }
      return segmentFile(handle, bytes);
    },
  };
}

function segmentFile(handle: FileHandle, bytes: number): SegmentFile {
  return {
    async read() {
      const content = new Uint8Array(bytes);
      for (let at = 0; at < bytes;) {
        const { bytesRead } = await handle.read(content, at, bytes - at, at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return content;
    },
    write: (content, offset) => writeAll(handle, content, offset),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(file, "wx+");
  }
}

/** Zeros are written, not skipped: a hole would take its room on the disk later, when there may be none. */
async function allocate(handle: FileHandle, bytes: number): Promise<void> {
  const { size } = await handle.stat();
  await writeAll(handle, new Uint8Array(bytes - size), size);
  await handle.sync();
}

async function writeAll(handle: FileHandle, content: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < content.length;) {
    const { bytesWritten } = await handle.write(content, done, content.length - done, offset + done);
    done += bytesWritten;
  }
}

/** Makes the names of new files durable. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and has its journal write names.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
