import { isDeepStrictEqual } from "node:util";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ModuleLimits, ModuleTerms } from "../../core/ports/sandbox.ts";
import type { Hex } from "../../core/types/hex.ts";
import { moduleDigest } from "./admission/module-digest.ts";
import type { ModuleRefused } from "./admission/refusal.ts";
import type { ProcessRequest } from "./process/messages.ts";
import type { Outcome } from "./process/request-queue.ts";
import { checkLimits } from "./terms.ts";

export type AdmissionErrorData =
  | { readonly code: "sandbox-lost" }
  | { readonly code: "admission-fault" }
  | { readonly code: "module-terms-conflict"; readonly module: Hex }
  | { readonly code: "module-quarantined"; readonly module: Hex }
  | { readonly code: "too-many-modules"; readonly maximum: number };

export interface ModuleTableOptions {
  readonly maxLimits: ModuleLimits;
}

export interface ModuleTableDeps {
  readonly request: (request: ProcessRequest) => Promise<Outcome>;
}

export type AdmitRequest = Extract<ProcessRequest, { kind: "admit" }>;

/** Each module keeps up to four instances a worker, 8 GiB of address space each, of the 128 TiB that there are. */
const MAX_MODULES = 64;

/**
 * The admitted modules. A new process is given their originals and admits them again: what the old one made of them is not
 * trusted beyond its life.
 */
export class ModuleTable {
  readonly #options: ModuleTableOptions;
  readonly #deps: ModuleTableDeps;
  readonly #admitted = new Map<Hex, AdmitRequest>();
  readonly #running = new Map<Hex, { readonly name: string; readonly end: Promise<Hex> }>();

  constructor(options: ModuleTableOptions, deps: ModuleTableDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Terms of an admitted module. */
  terms(digest: Hex): ModuleTerms | undefined {
    return this.#admitted.get(digest)?.terms;
  }

  /**
   * Label of metrics: a name that a manifest gives, so there are no more of them than modules. News of a module may come
   * before it is known that its admission has ended.
   */
  name(digest: Hex): string {
    return (this.terms(digest) ?? this.#running.get(digest))?.name ?? "unknown";
  }

  /** What to ask a new process. */
  get admissions(): readonly AdmitRequest[] {
    return [...this.#admitted.values()].map((request) => ({ ...request, again: true }));
  }

  /** @throws QuorateError<AdmissionErrorData | ModuleLimitInvalid | ModuleRefused> */
  async admit(bytes: Uint8Array, terms: ModuleTerms): Promise<Hex> {
    // The caller may change what it gave: what is named, admitted and given to each new process is one copy.
    const copy = { bytes: new Uint8Array(bytes), terms: structuredClone(terms) };
    checkLimits(copy.terms.limits, this.#options.maxLimits);
    const digest = moduleDigest(copy.bytes);
    // Of several who wait here one goes on to ask; if that fails, the next.
    for (let other = this.#running.get(digest); other !== undefined; other = this.#running.get(digest)) {
      await other.end.catch(() => undefined);
    }
    const known = this.#admitted.get(digest);
    if (known !== undefined) return sameTerms(digest, known.terms, copy.terms);
    if (this.#admitted.size + this.#running.size >= MAX_MODULES) {
      throw new QuorateError<AdmissionErrorData>(
        { code: "too-many-modules", maximum: MAX_MODULES },
        `a sandbox holds ${MAX_MODULES} modules: remove fetchers that no feed uses`,
      );
    }
    const request = { kind: "admit", digest, ...copy } as const;
    const end = this.#ask(request).finally(() => this.#running.delete(digest));
    this.#running.set(digest, { name: copy.terms.name, end });
    return end;
  }

  async #ask(request: AdmitRequest): Promise<Hex> {
    const { answer } = await this.#deps.request(request);
    if (answer.kind !== "admitted") throw notAdmitted(request.digest, answer);
    this.#admitted.set(request.digest, request);
    return request.digest;
  }
}

function notAdmitted(module: Hex, answer: Exclude<Outcome["answer"], { kind: "admitted" }>): Error {
  if (answer.kind === "refused") return new QuorateError<ModuleRefused>(answer.data, answer.message);
  if (answer.kind === "quarantined") {
    return new QuorateError<AdmissionErrorData>(
      { code: "module-quarantined", module },
      `module ${module} ended the sandbox process again and again: remove it, or wait until its quarantine is over`,
    );
  }
  if (answer.kind === "faulted") {
    return new QuorateError<AdmissionErrorData>(
      { code: "admission-fault" },
      `this machine failed while it admitted the module (${answer.reason}): try again, with more memory if it fails again`,
    );
  }
  const reason = answer.kind === "lost" ? answer.reason : answer.kind;
  return new QuorateError<AdmissionErrorData>(
    { code: "sandbox-lost" },
    `the module was not admitted, try again: ${reason}`,
  );
}

function sameTerms(module: Hex, known: ModuleTerms, asked: ModuleTerms): Hex {
  if (isDeepStrictEqual(known, asked)) return module;
  throw new QuorateError<AdmissionErrorData>(
    { code: "module-terms-conflict", module },
    `module ${module} runs already under other terms: name it and limit it the same in every manifest`,
  );
}
