import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { failed, type FailedReading } from "./reading.ts";

export interface FileRequest {
  readonly directory: string;
  /** Checked by `pathFault`, still percent-encoded. */
  readonly pathname: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A regular file's bytes. Nothing outside the directory is opened, whatever links lie in it. */
export async function readFileBelow(request: FileRequest): Promise<Uint8Array | FailedReading> {
  let handle: FileHandle | undefined;
  try {
    const root = await realpath(request.directory);
    const file = await realpath(join(root, decodeURIComponent(request.pathname)));
    if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) return outside();
    // No link may take the file's place after `realpath`, and opening a pipe must not wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return await readRegularFile(handle, request);
  } catch (error) {
    return failure(error);
  } finally {
    await handle?.close();
  }
}

async function readRegularFile(handle: FileHandle, request: FileRequest): Promise<Uint8Array | FailedReading> {
  const stats = await handle.stat();
  if (!stats.isFile()) return failed("not-found", "the path names no regular file");
  if (stats.size > request.maxBytes) {
    return failed("too-large", `the file is above ${request.maxBytes} bytes; split it or raise maxBytes`);
  }
  // One byte more than the size tells a file that grows meanwhile.
  const buffer = Buffer.alloc(stats.size + 1);
  let length = 0;
  for (;;) {
    if (request.signal.aborted) return failed("timeout", "the caller gave up; the disk may be slow");
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > stats.size) return failed("invalid-data", "the file grew while it was read; replace it by rename");
  }
}

function failure(error: unknown): FailedReading {
  if (error instanceof URIError) return failed("invalid-path", "the path is not percent-encoded UTF-8");
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return failed("not-found", "no such file below the source's directory");
    case "ELOOP":
      return outside();
    case "ENAMETOOLONG":
      return failed("invalid-path", "the path is longer than the file system allows");
    default:
      return failed("unreachable", `the file cannot be read (${code}); check its permissions`);
  }
}

function outside(): FailedReading {
  return failed("invalid-path", "the path leaves the source's directory");
}
