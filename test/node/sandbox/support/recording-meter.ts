import type { Labels, Meter } from "../../../../core/ports/meter.ts";

export interface RecordingMeter extends Meter {
  /** Sum of a counter, or number of a histogram's observations, over the labels given. */
  total(name: string, labels?: Labels): number;
  /** Last value of a gauge, or last observation of a histogram, under the labels given. */
  last(name: string, labels?: Labels): number | undefined;
}

interface Entry {
  readonly name: string;
  readonly amount: number;
  readonly value: number;
  readonly labels: Labels;
}

export function createRecordingMeter(): RecordingMeter {
  const entries: Entry[] = [];
  const matching = (name: string, labels: Labels) =>
    entries.filter(
      (entry) => entry.name === name && Object.entries(labels).every(([key, value]) => entry.labels[key] === value),
    );
  const add = (name: string, [amount, value]: readonly [number, number], labels: Labels = {}) =>
    void entries.push({ name, amount, value, labels });
  return {
    counter: ({ name }) => ({ add: (amount, labels) => add(name, [amount, amount], labels) }),
    gauge: ({ name }) => ({ set: (value, labels) => add(name, [1, value], labels) }),
    histogram: ({ name }) => ({ observe: (value, labels) => add(name, [1, value], labels) }),
    total: (name, labels = {}) => matching(name, labels).reduce((sum, { amount }) => sum + amount, 0),
    last: (name, labels = {}) => matching(name, labels).at(-1)?.value,
  };
}
