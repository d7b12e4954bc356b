import type { Endpoint } from "./endpoint.ts";

/** What a look at an endpoint brought. */
export type Probe =
  | { readonly kind: "well"; readonly head: number | undefined }
  | { readonly kind: "silent"; readonly error: Error }
  | { readonly kind: "other-chain"; readonly actual: number };

export interface EndpointStatus {
  readonly index: number;
  readonly origin: string;
  /** It answers, serves the right chain, and keeps up with the others. */
  readonly up: boolean;
  /** It is asked first. */
  readonly inUse: boolean;
  /** Newest block that it knew when it was last looked at. */
  readonly head: number | undefined;
  readonly latencyMs: number | undefined;
}

/** A change that an operator should hear of. */
export type RankingChange = "recovered" | "lost" | "lagging" | "other-chain";

/** Who is asked first: the first endpoint of the configuration that is well. */
export interface EndpointRanking {
  /** All that may be asked, the best first; never one that serves another chain. */
  order(): readonly Endpoint[];
  /** One request failed, or was refused for a limit. */
  failed(endpoint: Endpoint): void;
  /** One look at every endpoint, in the order of the configuration. */
  probed(probes: readonly Probe[]): void;
  /** Whose state changed since this was last asked, and how. */
  changes(): readonly { endpoint: Endpoint; change: RankingChange }[];
  status(): readonly EndpointStatus[];
}

/** Looks in a row that must succeed before a failed endpoint is asked first again: one that comes and goes stays behind. */
const RECOVERY_PROBES = 2;
/** Looks in a row that must find an endpoint behind: blocks travel for a moment. */
const LAG_PROBES = 2;
/** Blocks behind the others at which an endpoint's view is too old to decide upon. */
export const MAX_LAG_BLOCKS = 5;

interface Standing {
  readonly endpoint: Endpoint;
  up: boolean;
  /** Whether it ever was: the first good look is enough then. */
  wasUp: boolean;
  /** As `changes` last told it. */
  toldUp: boolean;
  otherChain: boolean;
  /** Good looks in a row since the last failure. */
  wellProbes: number;
  lagProbes: number;
  head: number | undefined;
}

/** Keeps what is known of each endpoint. */
export function createEndpointRanking(endpoints: readonly Endpoint[]): EndpointRanking {
  const standings: readonly Standing[] = endpoints.map((endpoint) => ({
    ...{ endpoint, up: false, wasUp: false, toldUp: true, otherChain: false },
    ...{ wellProbes: 0, lagProbes: 0, head: undefined },
  }));
  const order = () =>
    [...standings]
      .filter(({ otherChain }) => !otherChain)
      .sort((a, b) => Number(b.up) - Number(a.up) || a.endpoint.index - b.endpoint.index)
      .map(({ endpoint }) => endpoint);

  return {
    order,
    failed(endpoint) {
      const standing = standings.find((one) => one.endpoint === endpoint);
      if (standing === undefined) return;
      standing.up = false;
      standing.wellProbes = 0;
    },
    probed(probes) {
      standings.forEach((standing, place) => note(standing, probes[place]));
      const reference = referenceHead(standings);
      for (const standing of standings) judge(standing, reference);
    },
    changes() {
      const changed = standings.filter(({ up, toldUp }) => up !== toldUp);
      for (const standing of changed) standing.toldUp = standing.up;
      return changed.map((standing) => ({ endpoint: standing.endpoint, change: changeOf(standing) }));
    },
    status() {
      const [first] = order();
      return standings.map(({ endpoint, up, head }) => ({
        ...{ index: endpoint.index, origin: endpoint.origin, up, inUse: endpoint === first },
        ...{ head, latencyMs: endpoint.latencyMs() },
      }));
    },
  };
}

function note(standing: Standing, probe: Probe | undefined): void {
  if (probe?.kind === "well") {
    standing.wellProbes += 1;
    standing.head = probe.head;
  } else {
    standing.wellProbes = 0;
    standing.head = undefined;
  }
  if (probe?.kind !== "silent") standing.otherChain = probe?.kind === "other-chain";
}

/** What the others must keep up with. Of three or more the second highest: one that boasts must not outlaw the rest. */
function referenceHead(standings: readonly Standing[]): number {
  const heads = standings.flatMap(({ head }) => (head === undefined ? [] : [head])).sort((a, b) => b - a);
  return heads[heads.length > 2 ? 1 : 0] ?? 0;
}

function judge(standing: Standing, reference: number): void {
  const { head, up, wasUp, otherChain, wellProbes } = standing;
  standing.lagProbes = head !== undefined && head < reference - MAX_LAG_BLOCKS ? standing.lagProbes + 1 : 0;
  // A first look at an old block is not yet a verdict; but who failed has to earn the place again.
  const recovered = wellProbes >= (wasUp ? RECOVERY_PROBES : 1) && standing.lagProbes === 0;
  standing.up = !otherChain && (up ? wellProbes > 0 && standing.lagProbes < LAG_PROBES : recovered);
  standing.wasUp ||= standing.up;
}

function changeOf({ up, otherChain, lagProbes }: Standing): RankingChange {
  if (up) return "recovered";
  if (otherChain) return "other-chain";
  return lagProbes > 0 ? "lagging" : "lost";
}
