import type { AggregateTerms } from "../../../core/aggregate/statement.ts";
import { aggregateTerms } from "../../config/aggregate-terms.ts";
import { readYamlFile } from "../../config/yaml-file.ts";

/** What a device's aggregates mean, and the commitment to its seed. */
export interface DeviceTerms {
  readonly terms: AggregateTerms;
  readonly commitment: bigint;
}

/** A device's file of terms. @throws QuorateError<ConfigError> */
export async function readDeviceTerms(file: string): Promise<DeviceTerms> {
  const ifMissing = "write the terms there that the feed's manifest declares for the device";
  const { commitment, ...terms } = await readYamlFile(file, { schema: aggregateTerms, ifMissing });
  return { terms, commitment };
}
