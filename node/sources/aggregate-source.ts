import { type ProvenAggregate, readAggregateDocument } from "../../core/aggregate/document.ts";
import { aggregateFigures } from "../../core/aggregate/figures.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { DataPoint, Source } from "../../core/ports/source.ts";
import { createAggregateCheck, type ExpectedAggregate } from "./aggregate-check.ts";
import { splitOnce } from "./guest-path.ts";
import type { HttpSourceOptions } from "./http-endpoint.ts";
import { createHttpSource, type HttpSourceDeps } from "./http-source.ts";
import { failed, type FailedReading } from "./reading.ts";

export interface AggregateSourceOptions extends Omit<HttpSourceOptions, "maxBodyBytes">, ExpectedAggregate {
  /** k of the circuit. */
  readonly samples: number;
  /** Whether anybody can forge proofs for the key, and this matters here: then nothing counts. */
  readonly isForgeable: boolean;
}

/** A document has some 900 bytes. */
const MAX_DOCUMENT_BYTES = 16 * 1024;
const FIGURES = ["sum", "mean"] as const;

/**
 * A device that publishes sums of private samples with noise. A path is that of its document, such as `/aggregate.json`, with
 * `#sum` or `#mean` for one number as text; without, the guest sees a small JSON document. What the device sends counts only if
 * its proof holds for the declared terms, so that a guest never sees a number that nobody proved.
 * @throws QuorateError<HttpSourceError> when the options cannot be meant.
 */
export function createAggregateSource(options: AggregateSourceOptions, deps: HttpSourceDeps): Source {
  const { id, isForgeable, samples, terms } = options;
  const device = createHttpSource({ ...options, maxBodyBytes: MAX_DOCUMENT_BYTES }, deps);
  const check = createAggregateCheck(options);
  return {
    async read(path, readOptions) {
      const [pathname, fragment] = splitOnce(path, "#");
      const figure = FIGURES.find((name) => name === fragment);
      if (fragment !== undefined && figure === undefined) return failed("invalid-path", "ask for #sum or #mean");
      if (isForgeable) {
        return failed("development-key", "its key is of the development setup: use one that a ceremony made");
      }
      const reading = await device.read(pathname, readOptions);
      if (reading.kind === "failed") return reading;
      if (reading.status !== 200) return failed("status", `the device answered ${reading.status}`);
      const aggregate = documentOf(reading.point);
      if ("kind" in aggregate) return aggregate;
      const fault = check.judge(aggregate, Math.floor(deps.now() / 1000));
      if (fault !== undefined) return failed(fault.code, fault.message);
      const figures = aggregateFigures({ samples, terms }, aggregate);
      const content = figure === undefined ? JSON.stringify(figures) : figures[figure];
      const unit = figure === undefined ? "application/json" : "1";
      const point = { id: `${id} ${path}`, value: Buffer.from(content), timestamp: reading.point.timestamp, unit };
      return { kind: "point", point, status: reading.status };
    },
  };
}

function documentOf({ value }: DataPoint): ProvenAggregate | FailedReading {
  try {
    return readAggregateDocument(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)));
  } catch (error) {
    const reason = error instanceof QuorateError ? error.message : "it is no JSON";
    return failed("invalid-data", `the device's answer is no aggregate: ${reason}`);
  }
}
