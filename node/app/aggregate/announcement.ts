import { type AggregatePlan, type Announced, announcementDigest } from "../../../core/aggregate/statement.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { aggregateAnnouncement, aggregatePlan, ANNOUNCEMENT_FORMAT } from "../../config/aggregate-terms.ts";
import { readYamlFile } from "../../config/yaml-file.ts";

export type AnnouncementError =
  | { readonly code: "announcement-altered"; readonly file: string }
  | { readonly code: "announcement-differs"; readonly field: string };

/** What a device publishes before its beacon is drawn, as plain JSON. */
export interface AnnouncementDocument extends Omit<AggregatePlan, "minimum"> {
  readonly format: typeof ANNOUNCEMENT_FORMAT;
  readonly minimum: number;
  /** 32 bytes. */
  readonly commitment: Hex;
  /** Of all the others: `announcementDigest`. */
  readonly digest: Hex;
}

/** A device's file of terms before there is a commitment or a beacon. @throws QuorateError<ConfigError> */
export function readPlan(file: string): Promise<AggregatePlan> {
  return readYamlFile(file, {
    schema: aggregatePlan,
    ifMissing: "write the terms there, but for commitment and beacon",
  });
}

export function announcementDocument(announced: Announced): AnnouncementDocument {
  const { circuit, device, feed, beaconRule, epochSeconds, minimum, decimals } = announced.terms;
  return {
    ...{
      format: ANNOUNCEMENT_FORMAT,
      circuit,
      device,
      feed,
      beaconRule,
      epochSeconds,
      minimum: Number(minimum),
      decimals,
    },
    commitment: `0x${announced.commitment.toString(16).padStart(64, "0")}`,
    digest: announcementDigest(announced),
  };
}

/** @throws QuorateError<AnnouncementError | ConfigError> for what is no announcement, or not the one that its digest names. */
export async function readAnnouncement(file: string): Promise<Announced> {
  const ifMissing = "name what `quorate aggregate commit` wrote and the device published";
  const read = await readYamlFile(file, { schema: aggregateAnnouncement, ifMissing });
  const announced = { terms: read, commitment: read.commitment };
  if (announcementDigest(announced) === read.digest) return announced;
  const message = `${file} was altered: it is not what its digest names; take it from where the device published it`;
  throw new QuorateError<AnnouncementError>({ code: "announcement-altered", file }, message);
}

/** @throws QuorateError<AnnouncementError> that names the first field in which terms are not the announced ones. */
export function requireAnnounced(given: Announced, announced: Announced): void {
  const [theirs, ours] = [given, announced].map(announcementDocument) as [AnnouncementDocument, AnnouncementDocument];
  const field = (Object.keys(ours) as (keyof AnnouncementDocument)[]).find((key) => theirs[key] !== ours[key]);
  if (field === undefined) return;
  const message = `the terms have another ${field} than was announced: whoever changes terms announces anew, and has another beacon drawn`;
  throw new QuorateError<AnnouncementError>({ code: "announcement-differs", field }, message);
}
