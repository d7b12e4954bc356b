import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { ModuleStorage, StorageEntry, StorageSnapshot } from "../../core/ports/module-storage.ts";
import type { Hex } from "../../core/types/hex.ts";
import { compactOldest } from "./compaction.ts";
import { diskError, type ModuleStorageError, storageFull } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { Group, type Waiting } from "./group.ts";
import { DEFAULT_LAYOUT, isSound, type Layout } from "./layout.ts";
import { createModuleStorageMetrics, type ModuleStorageMetrics } from "./metrics.ts";
import { type OpenedLog, openLog } from "./open-log.ts";
import { createSegmentFiles, type SegmentFiles } from "./segment-files.ts";

export interface ModuleStorageOptions {
  /** Used by one node alone. Made where it is missing. */
  readonly folder: string;
  /** Default: 16 slots of 1 MiB, 64 modules. A folder keeps the layout that it was made with. */
  readonly layout?: Layout;
}

export interface ModuleStorageDeps {
  readonly log: Log;
  readonly meter: Meter;
  /** Default: the folder's files, under a lock. */
  readonly segmentFiles?: SegmentFiles;
}

export interface PersistentModuleStorage extends ModuleStorage {
  /** Says which modules are in use. The others are forgotten if, with all of these, there would be more than the layout has room for. */
  retain(modules: readonly Hex[]): Promise<void>;
}

/** Two phases of each of the sandbox's 64 modules. */
const MAX_WAITING = 128;
/** A segment is compacted at most once a turn, and opened at most once. */
const MAX_TURNS = 4;
const MODULE = /^0x[0-9a-f]{64}$/;

/**
 * Opens the modules' key-value storage: one log of all modules in a fixed number of preallocated segments, everything that
 * is stored also in memory. A crash at any instant, of the process or of the machine, loses nothing that was acknowledged.
 *
 * A write goes to the end of the newest segment, with a checksum, and is synchronised before it is acknowledged; calls that
 * arrive meanwhile share the next synchronisation. When segments get short the oldest is compacted: what is still needed is
 * carried forward, then its slot is free. A new segment takes the free slot that was written least, so that all slots wear
 * alike. The room on the disk never grows.
 * @throws QuorateError<ModuleStorageError> where the folder cannot be used, or another process uses it. Damage is no
 * reason not to open: it is logged and counted, and what can be read is kept.
 */
export async function openModuleStorage(
  { folder, layout = DEFAULT_LAYOUT }: ModuleStorageOptions,
  { log, meter, segmentFiles }: ModuleStorageDeps,
): Promise<PersistentModuleStorage> {
  if (!isSound(layout)) {
    const message = "the layout leaves compaction no room: take more or larger segments, or fewer modules";
    throw new QuorateError<ModuleStorageError>({ code: "storage-layout-invalid" }, message);
  }
  const unlock = segmentFiles === undefined ? lockFolder(folder) : () => undefined;
  try {
    const metrics = createModuleStorageMetrics(meter);
    const files = segmentFiles ?? createSegmentFiles(folder);
    const opened = await openLog({ folder, layout }, { segmentFiles: files, log });
    metrics.damage.add(opened.damage);
    return new LoggedModuleStorage(opened, layout, { log, metrics, unlock });
  } catch (error) {
    unlock();
    throw error;
  }
}

interface Deps {
  readonly log: Log;
  readonly metrics: ModuleStorageMetrics;
  readonly unlock: () => void;
}

class LoggedModuleStorage implements PersistentModuleStorage {
  readonly #opened: OpenedLog;
  readonly #layout: Layout;
  readonly #deps: Deps;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(opened: OpenedLog, layout: Layout, deps: Deps) {
    this.#opened = opened;
    this.#layout = layout;
    this.#deps = deps;
    this.#report();
  }

  snapshot(module: Hex): StorageSnapshot {
    return this.#opened.index.snapshot(module);
  }

  async apply(module: Hex, writes: readonly StorageEntry[]): Promise<void> {
    if (this.#closed)
      throw new QuorateError<ModuleStorageError>({ code: "storage-closed" }, "the modules' storage is closed");
    const waiting = this.#waiting.length;
    if (waiting >= MAX_WAITING) {
      const message = `${waiting} writes wait for the disk already: it is too slow for the modules that run here`;
      throw new QuorateError<ModuleStorageError>({ code: "storage-busy", waiting }, message);
    }
    if (!MODULE.test(module)) throw new TypeError(`${module} is no module's digest`);
    // The caller's buffers may change while they wait.
    const copies = writes.map(({ key, value }) => ({ key, value: value && new Uint8Array(value) }));
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ module, writes: copies, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async retain(modules: readonly Hex[]): Promise<void> {
    const others = this.#opened.index.modules.filter((module) => !modules.includes(module));
    if (others.length + modules.length <= this.#layout.modules) return;
    for (const module of others) {
      this.#deps.log.warn({ module }, "forgetting what a module stored that no manifest names any more");
      await this.apply(
        module,
        this.snapshot(module).map(([key]) => ({ key, value: undefined })),
      );
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await Promise.allSettled(this.#opened.files.map((file) => file.close()));
    this.#deps.unlock();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeGroup();
    this.#writing = undefined;
  }

  async #writeGroup(): Promise<void> {
    const { index } = this.#opened;
    const group = Group.take(this.#waiting, { index, maxModules: this.#layout.modules });
    const { payload } = group;
    try {
      if (payload.length > 0) {
        await this.#makeRoom(payload.length);
        const segment = await this.#opened.log.append(payload);
        for (const batch of group.batches) index.put(batch, segment);
        this.#deps.metrics.written.add(payload.length);
        this.#report();
      }
      for (const call of group.calls) call.resolve();
    } catch (cause) {
      this.#deps.metrics.failures.add(1);
      const error = cause instanceof QuorateError ? cause : diskError(cause);
      for (const call of group.calls) call.reject(error);
    }
  }

  /** A full turn over all segments packs what is needed into half of them, see `isSound`. */
  async #makeRoom(payloadBytes: number): Promise<void> {
    const { log, index } = this.#opened;
    for (let steps = MAX_TURNS * this.#layout.slots; steps > 0; steps--) {
      if (log.short) await this.#compact();
      else if (log.fits(payloadBytes)) return;
      else await log.open();
    }
    // Only if damage brought back more than the layout has room for.
    throw storageFull(index.modules.length);
  }

  async #compact(): Promise<void> {
    const { metrics } = this.#deps;
    metrics.written.add(await compactOldest(this.#opened));
    metrics.compactions.add(1);
  }

  #report(): void {
    const { metrics } = this.#deps;
    metrics.segments.set(this.#opened.log.segmentsInUse);
    metrics.modules.set(this.#opened.index.modules.length);
  }
}
