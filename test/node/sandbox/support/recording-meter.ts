import type { Labels, Meter } from "../../../../core/ports/meter.ts";

export interface RecordingMeter extends Meter {
  /** Sum of a counter, or number of a histogram's observations, over the labels given. */
  total(name: string, labels?: Labels): number;
}

export function createRecordingMeter(): RecordingMeter {
  const records: { name: string; amount: number; labels: Labels }[] = [];
  const record = (name: string, amount: number, labels: Labels = {}) => void records.push({ name, amount, labels });
  return {
    counter: ({ name }) => ({ add: (amount, labels) => record(name, amount, labels) }),
    gauge: ({ name }) => ({ set: (_value, labels) => record(name, 1, labels) }),
    histogram: ({ name }) => ({ observe: (_value, labels) => record(name, 1, labels) }),
    total: (name, labels = {}) =>
      records
        .filter(
          (entry) => entry.name === name && Object.entries(labels).every(([key, value]) => entry.labels[key] === value),
        )
        .reduce((sum, { amount }) => sum + amount, 0),
  };
}
