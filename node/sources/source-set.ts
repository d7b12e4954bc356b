import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Reading, ReadOptions, Source } from "../../core/ports/source.ts";
import { type AggregateSourceOptions, createAggregateSource } from "./aggregate-source.ts";
import { createFileSource, type FileSourceOptions } from "./file-source.ts";
import { createGate, type Gate, type Passage } from "./gate.ts";
import type { HttpSourceOptions } from "./http-endpoint.ts";
import { createHttpSource } from "./http-source.ts";
import { createSourceMetrics, resultOf } from "./metrics.ts";
import type { ReadGuard } from "./read-guard.ts";
import { failed } from "./reading.ts";

/** Reads of one source at a time: one per lane of a standard report, and polite to public endpoints. */
export const MAX_CONCURRENT_READS = 8;
/** Reads of one source that wait. A guest may list 32 requests; a longer queue would outlive the round anyway. */
export const MAX_QUEUED_READS = 32;

/** What each kind of source is declared with. A further kind is one line here and one in `FACTORIES`. */
interface OptionsByKind {
  readonly http: HttpSourceOptions;
  readonly file: FileSourceOptions;
  readonly "local-aggregate": AggregateSourceOptions;
}

type Kind = keyof OptionsByKind;

export type SourceDeclaration = { readonly [K in Kind]: { readonly kind: K } & OptionsByKind[K] }[Kind];

const FACTORIES: { readonly [K in Kind]: (options: OptionsByKind[K], deps: SourceSetDeps) => Source } = {
  http: createHttpSource,
  file: createFileSource,
  "local-aggregate": createAggregateSource,
};

export interface SourceSetDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly meter: Meter;
  /** Watches each read; none does unless given. */
  readonly guard?: ReadGuard;
}

export interface SourceSetError {
  readonly code: "source-declared-twice";
  readonly source: string;
}

/** All that one module may read. */
export interface SourceSet {
  /** Never throws for what the world or the guest does: an undeclared id is a failed reading like any other. */
  read(sourceId: string, path: string, options: ReadOptions): Promise<Reading>;
}

/** @throws QuorateError when an id is declared twice, or when a declaration cannot be meant. */
export function createSourceSet(declarations: readonly SourceDeclaration[], deps: SourceSetDeps): SourceSet {
  const metrics = createSourceMetrics(deps.meter);
  const guard: ReadGuard = deps.guard ?? ((_, work) => work());
  const places = new Map<string, { readonly source: Source; readonly gate: Gate }>();
  for (const declaration of declarations) {
    if (places.has(declaration.id)) throw declaredTwice(declaration.id);
    const gate = createGate({ width: MAX_CONCURRENT_READS, queue: MAX_QUEUED_READS });
    places.set(declaration.id, { source: open(declaration, deps), gate });
  }
  return {
    async read(sourceId, path, options) {
      const place = places.get(sourceId);
      if (place === undefined) {
        return failed("unknown-source", "the manifest declares no such source; add it under sources");
      }
      const start = deps.now();
      const { traceparent, signal } = options;
      const reading = await guard({ source: sourceId, traceparent }, async () =>
        toReading(await place.gate.run(() => place.source.read(path, options), signal)),
      );
      metrics.read(sourceId, resultOf(reading), (deps.now() - start) / 1000);
      return reading;
    },
  };
}

function open<K extends Kind>(declaration: { readonly kind: K } & OptionsByKind[K], deps: SourceSetDeps): Source {
  return FACTORIES[declaration.kind](declaration, deps);
}

function toReading(passage: Passage<Reading>): Reading {
  switch (passage.kind) {
    case "done":
      return passage.value;
    case "full":
      return failed("busy", `${MAX_QUEUED_READS} reads of this source wait already; ask for less in one round`);
    case "aborted":
      return failed("timeout", "the caller gave up before the source was free; ask for less in one round");
  }
}

function declaredTwice(source: string): QuorateError<SourceSetError> {
  return new QuorateError(
    { code: "source-declared-twice", source },
    `source ${source} is declared twice; give each source its own id`,
  );
}
