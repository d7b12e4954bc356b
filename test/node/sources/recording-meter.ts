import type { Labels, Meter } from "../../../core/ports/meter.ts";

export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels: Labels | undefined;
}

/** A meter that keeps every sample, in order. */
export function createRecordingMeter(): Meter & { readonly samples: Sample[] } {
  const samples: Sample[] = [];
  const record =
    (name: string) =>
    (value: number, labels?: Labels): void => {
      samples.push({ name, value, labels });
    };
  return {
    samples,
    counter: ({ name }) => ({ add: record(name) }),
    gauge: ({ name }) => ({ set: record(name) }),
    histogram: ({ name }) => ({ observe: record(name) }),
  };
}
