import type { AggregateTerms, Announced } from "../../../core/aggregate/statement.ts";
import { aggregateTerms } from "../../config/aggregate-terms.ts";
import { readYamlFile } from "../../config/yaml-file.ts";

/** A device's file of terms. @throws QuorateError<ConfigError> */
export async function readDeviceTerms(file: string): Promise<Announced<AggregateTerms>> {
  const ifMissing = "write the terms there that the feed's manifest declares for the device";
  const { commitment, ...terms } = await readYamlFile(file, { schema: aggregateTerms, ifMissing });
  return { terms, commitment };
}
