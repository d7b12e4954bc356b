import { decodeObserveOutput, decodeRequestsOutput } from "../../../core/codec/envelope.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { formatDecimal } from "../../../core/feeds/decimal.ts";
import type { GuestEffects, GuestMetric, GuestResult, Sandbox } from "../../../core/ports/sandbox.ts";
import { FUEL_RULES, type LoadedFetcher } from "../fetchers.ts";
import { givenStorage, memoryStorage } from "./given-storage.ts";
import type { ObservedOnce } from "../recording/capture.ts";
import { observeOnce } from "../recording/observe-once.ts";
import { bytesOf, caseBytes, type CaseBytes, type CaseFile, recordedReading } from "./test-case.ts";

export interface RunCaseError {
  readonly code: "feed-unknown";
  readonly feed: string;
}

/** What a case showed, in the words in which it could have been expected. */
export interface SeenCase {
  readonly requests: string[];
  /** Version of the fuel rules. */
  readonly rules: number;
  readonly metrics: GuestMetric[];
  readonly logs: string[];
  readonly value?: string;
  readonly failure?: string;
  /** What is known of a failure besides its code; in the guest's words where the code is its own. */
  readonly message?: string;
  readonly fuel: { requests: number; observe?: number };
  readonly writes: Record<string, CaseBytes | null>;
  /** Requests to which the case has no response. */
  readonly unrecorded: readonly string[];
}

export interface RunCaseDeps {
  readonly sandbox: Pick<Sandbox, "call">;
  readonly fetcher: LoadedFetcher;
}

/** Runs one case: the feed's two phases over the recorded responses, from the recorded storage. */
export async function runCase(caseFile: CaseFile, { sandbox, fetcher }: RunCaseDeps): Promise<SeenCase> {
  const { test } = caseFile;
  const declared = fetcher.manifest.feeds.find(({ name }) => name === test.feed);
  if (declared === undefined) throw feedUnknown(caseFile, fetcher);
  const { decimals } = declared;
  const unrecorded: string[] = [];
  const sources: LoadedFetcher["sources"] = {
    async read(source, path) {
      const reading = await recordedReading(caseFile, { source, path });
      if (reading !== undefined) return reading;
      unrecorded.push(`GET ${source} ${path}`);
      return { kind: "failed", code: "unreachable", message: "not recorded" };
    },
  };
  const stored = Object.entries(test.storage).map(([key, value]) => [key, bytesOf(value)] as const);
  const seen = await observeOnce(
    {
      ...{ feed: test.feed, decimals, time: test.time, module: fetcher.module },
      params: test.params ?? declared.params,
    },
    {
      sources,
      sandbox: fetcher.manifest.host.includes("storage") ? givenStorage(sandbox, memoryStorage(stored)) : sandbox,
    },
  );
  return { ...seenCase(seen, decimals), unrecorded };
}

function seenCase({ outcome, phases }: ObservedOnce, decimals: number): Omit<SeenCase, "unrecorded"> {
  const effects = [phases.requests?.effects, phases.observe?.effects].filter((effect) => effect !== undefined);
  return {
    requests: requestLines(phases.requests),
    ...(outcome.kind === "value"
      ? { value: formatDecimal(outcome.value, decimals) }
      : failureOf(guestFailure(phases.observe) ?? outcome)),
    rules: FUEL_RULES,
    fuel: {
      requests: Number(phases.requests?.fuel ?? 0n),
      ...(phases.observe !== undefined && { observe: Number(phases.observe.fuel) }),
    },
    writes: Object.fromEntries(
      effects.flatMap(({ writes }) =>
        writes.map(({ key, value }) => [key, value === undefined ? null : caseBytes(value)]),
      ),
    ),
    metrics: effects.flatMap(({ metrics }) => metrics),
    logs: effects.flatMap(logLines),
  };
}

function requestLines(result: GuestResult | undefined): string[] {
  if (result?.kind !== "output") return [];
  const decoded = decodeRequestsOutput(result.output);
  if (decoded.kind === "invalid") return [];
  return decoded.requests.map(({ method, sourceId, path }) => `${method} ${sourceId} ${path}`);
}

function failureOf({ code, message }: { code: string; message: string }): Pick<SeenCase, "failure" | "message"> {
  return { failure: code, message };
}

/** The words in which the guest itself says that there is no value. */
function guestFailure(result: GuestResult | undefined): { code: string; message: string } | undefined {
  if (result?.kind !== "output") return undefined;
  const decoded = decodeObserveOutput(result.output);
  return decoded.kind === "failed" ? decoded : undefined;
}

function logLines({ logs }: GuestEffects): string[] {
  return logs.map(({ level, text }) => `${level}: ${text}`);
}

function feedUnknown({ file, test: { feed } }: CaseFile, { manifest }: LoadedFetcher): QuorateError<RunCaseError> {
  const known = manifest.feeds.map(({ name }) => name).join(", ");
  return new QuorateError<RunCaseError>(
    { code: "feed-unknown", feed },
    `${file}: ${manifest.name} serves no feed ${feed}: name one of ${known}`,
  );
}
