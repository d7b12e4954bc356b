import { z } from "zod";

const REQUEST_TIMEOUT_MS = 2_000;

const integerText = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const stagesSchema = z.partialRecord(
  z.enum(["round-started", "observing", "observed", "proposed", "prepared", "signed", "final"]),
  z.number(),
);

const roundSchema = z.object({
  digest: z.string(),
  report: z.object({
    configDigest: z.string(),
    sequence: integerText,
    observedAt: z.number(),
    feedsRoot: z.string(),
    valuesHash: z.string(),
  }),
  observations: z.array(
    z.object({
      observer: z.number(),
      observation: z.object({
        feeds: z.object({ mask: z.number(), values: z.array(integerText) }),
        timestamp: z.number(),
        inputsDigest: z.string(),
        fuel: integerText,
      }),
    }),
  ),
  signatures: z.array(z.object({ signer: z.number() })),
  stages: stagesSchema,
});

/** Types that a later node tells are no reason to stop listening. */
const eventSchema = z.looseObject({
  type: z.string(),
  at: z.number(),
  sequence: z.string(),
});

const committeeSchema = z.looseObject({
  digest: z.string(),
  index: z.number(),
  state: z.string(),
  /** What this node does for it. */
  phase: z.string(),
  epoch: z.number().optional(),
  leader: z.number().optional(),
});

const statusSchema = z.looseObject({
  phase: z.string(),
  /** Of the newest committee that it serves, as are the next three. */
  configDigest: z.string().optional(),
  self: z.number().optional(),
  epoch: z.number().optional(),
  leader: z.number().optional(),
  connected: z.array(z.number()).optional(),
  committees: z.array(committeeSchema).optional(),
  /** Multiaddrs at which it publishes its finals. */
  watchers: z.array(z.string()).optional(),
});

const readinessSchema = z.looseObject({ reasons: z.array(z.string()).optional() });

const evidenceSchema = z.array(
  z.looseObject({
    configDigest: z.string(),
    member: z.number(),
    kind: z.enum(["proposal", "report", "observation"]),
    sequence: integerText,
  }),
);

export type RoundView = z.output<typeof roundSchema>;
export type NodeEvent = z.output<typeof eventSchema>;
export type NodeStatus = z.output<typeof statusSchema>;
export type EvidenceView = z.output<typeof evidenceSchema>[number];

/** Reads a node's admin interface. Answers undefined where the node does not (it may be down on purpose). */
export class AdminClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ready(): Promise<boolean> {
    const response = await this.#get("/readyz");
    return response?.status === 200;
  }

  async status(): Promise<NodeStatus | undefined> {
    return this.#json("/status", statusSchema);
  }

  async round(sequence: bigint): Promise<RoundView | undefined> {
    return this.#json(`/rounds/${sequence}`, roundSchema);
  }

  /** What the node knows of members that contradicted themselves. */
  async evidence(): Promise<readonly EvidenceView[] | undefined> {
    return this.#json("/evidence", evidenceSchema);
  }

  /** Why the node is not ready; undefined where it does not answer. */
  async unreadyReasons(): Promise<readonly string[] | undefined> {
    const response = await this.#get("/readyz");
    return response === undefined ? undefined : (readinessSchema.parse(await response.json()).reasons ?? []);
  }

  /** The text exposition of the node's metrics. */
  async metrics(): Promise<string | undefined> {
    const response = await this.#get("/metrics");
    return response?.status === 200 ? response.text() : undefined;
  }

  /** Calls back for each event until the connection or the signal ends. Lines are short; the node bounds its listeners. */
  async follow(listener: (event: NodeEvent) => void, signal: AbortSignal): Promise<void> {
    const response = await fetch(`${this.#url}/events`, { signal }).catch(() => undefined);
    if (response?.body == null) return;
    let rest = "";
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line.startsWith("data: ")) listener(eventSchema.parse(JSON.parse(line.slice("data: ".length))));
        }
      }
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof SyntaxError) throw error;
      // The node went away, or we do: its follower tries again where it wants to.
    }
  }

  async #json<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const response = await this.#get(path);
    return response?.status === 200 ? schema.parse(await response.json()) : undefined;
  }

  async #get(path: string): Promise<Response | undefined> {
    return fetch(this.#url + path, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }).catch(() => undefined);
  }
}
