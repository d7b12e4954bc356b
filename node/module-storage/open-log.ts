import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import { type ModuleStorageError, openError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { type RecoveredLog, recover } from "./recovery.ts";
import type { SegmentFile, SegmentFiles } from "./segment-files.ts";
import { SegmentLog } from "./segment-log.ts";
import { decodeHeader } from "./segment-header.ts";
import { SpaceIndex } from "./space-index.ts";

export interface OpenedLog {
  readonly files: readonly SegmentFile[];
  readonly log: SegmentLog;
  readonly index: SpaceIndex;
  /** Places where something was lost. */
  readonly damage: number;
}

export interface OpenLogOptions {
  /** For messages. */
  readonly folder: string;
  readonly layout: Layout;
}

/** Opens and allocates the slots, and reads back what they hold. Tells of everything that cannot be read. */
export async function openLog(
  { folder, layout }: OpenLogOptions,
  { segmentFiles, log }: { readonly segmentFiles: SegmentFiles; readonly log: Log },
): Promise<OpenedLog> {
  const files: SegmentFile[] = [];
  try {
    for (let slot = 0; slot < layout.slots; slot++) files.push(await segmentFiles.open(slot, layout.segmentBytes));
    const contents: Uint8Array[] = [];
    for (const file of files) contents.push(await file.read());
    requireLayout(contents, { folder, layout });
    const recovered = recover(contents);
    tell(recovered, log);
    const index = new SpaceIndex();
    for (const { segment, batch } of recovered.batches) index.put(batch, segment);
    const keys = index.trim();
    if (keys > 0) log.error({ keys }, "modules had more stored than they may, which damage had brought back");
    const wear = wearOf(contents);
    const slots = files.map((file, slot) => ({
      file,
      wear: wear[slot] ?? 0,
      torn: recovered.unreadable.includes(slot),
    }));
    return { files, log: new SegmentLog(layout, slots, recovered), index, damage: recovered.damage.length };
  } catch (error) {
    await Promise.allSettled(files.map((file) => file.close()));
    throw error instanceof QuorateError ? error : openError(folder, error);
  }
}

/** Of a slot whose header cannot be read nothing is known: it counts as the most worn. */
function wearOf(contents: readonly Uint8Array[]): readonly number[] {
  const known = contents.map((file) => decodeHeader(file));
  const most = Math.max(0, ...known.map((header) => (typeof header === "string" ? 0 : header.wear)));
  return known.map((header) => (header === "unused" ? 0 : header === "unreadable" ? most : header.wear));
}

function requireLayout(contents: readonly Uint8Array[], { folder, layout }: OpenLogOptions): void {
  const headers = contents.map((file) => decodeHeader(file)).filter((header) => typeof header !== "string");
  if (headers.every(({ slots, segmentBytes }) => slots === layout.slots && segmentBytes === layout.segmentBytes))
    return;
  throw new QuorateError<ModuleStorageError>(
    { code: "storage-layout", folder },
    `the modules' storage ${folder} was made for other sizes: run the release that wrote it, or move the folder away`,
  );
}

function tell({ damage, unreadable }: RecoveredLog, log: Log): void {
  for (const place of damage) log.error(place, "the modules' storage is damaged here: what could be read is kept");
  if (damage.length > 0) return;
  for (const slot of unreadable) log.warn({ slot }, "a slot of the modules' storage was not opened to the end");
}
