/** Samples of a Prometheus text exposition, by name with its labels as written: `p2p_bytes_total{direction="out"}`. */
export type Exposition = ReadonlyMap<string, number>;

const SAMPLE = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)(?: \d+)?$/;

export function parseExposition(text: string): Exposition {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) samples.set(name, Number(value));
  }
  return samples;
}
