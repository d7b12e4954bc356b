import type { Message, Proposal, SignatureMessage } from "../../../core/consensus/messages.ts";
import { decodeMessage, encodeMessage } from "../../../core/consensus/wire.ts";
import type { Network } from "../../../core/ports/network.ts";
import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { AttributedObservation } from "../../../core/types/observation.ts";
import type { Membership } from "../../../node/app/platform.ts";
import { createProtocolCrypto } from "../../../node/keys/protocol-crypto.ts";

/**
 * A network over which a member contradicts itself, with its own keys and within the rules of form: as leader it sends one
 * half of the others another proposal, and it signs a second report beside each report. Everything else passes unchanged.
 */
export function equivocatingNetwork(network: Network, membership: Membership): Network {
  const { chain, identity, self } = membership;
  const { members, f, lanes } = chain.configuration;
  const shape = { n: members.length, f, lanes };
  const { digest: configDigest, hub, chainId } = chain;
  const crypto = createProtocolCrypto({ domain: { chainId, hub }, configDigest, members }, identity);
  const others = members.map((_, member) => member).filter((member) => member !== self);
  return {
    send: (to, frame) => network.send(to, frame),
    connected: () => network.connected(),
    penalise: (member) => network.penalise(member),
    stop: () => network.stop(),
    broadcast(frame) {
      const message = decodeMessage(frame, shape);
      if (message?.kind === "proposal") {
        const other = encodeMessage(otherProposal(message, { self, crypto }));
        for (const [position, member] of others.entries()) network.send(member, position % 2 === 0 ? frame : other);
        return;
      }
      network.broadcast(frame);
      if (message?.kind === "signature") network.broadcast(encodeMessage(otherReport(message, crypto)));
    },
  };
}

interface Author {
  readonly self: number;
  readonly crypto: ProtocolCrypto;
}

/** The same choice but for this member's own observation, which says a little more in every feed: no follower can object. */
function otherProposal({ sequence, observations }: Proposal, { self, crypto }: Author): Message {
  const replaced = observations.find(({ observer }) => observer === self) ?? observations.at(-1);
  if (replaced === undefined) throw new TypeError("a proposal holds 2f+1 observations");
  const { feeds, ...said } = replaced.observation;
  const values = feeds.values.map((value) => (value === 0n ? 0n : value + 1n));
  const own: AttributedObservation = {
    observer: self,
    ...crypto.signObservation({ ...said, feeds: { ...feeds, values } }),
  };
  const choice = observations.map((entry) => (entry === replaced ? own : entry));
  const inOrder = choice.toSorted((a, b) => a.observer - b.observer);
  const header = { sequence, observationsHash: crypto.observationsHash(inOrder) };
  const signature = crypto.signDigest(crypto.proposalHeaderDigest(header));
  return { kind: "proposal", sequence, observations: inOrder, signature };
}

/** The same report, a second later. */
function otherReport({ report }: SignatureMessage, crypto: ProtocolCrypto): Message {
  const later = { ...report, observedAt: report.observedAt + 1 };
  return { kind: "signature", report: later, signature: crypto.signDigest(crypto.reportDigest(later)) };
}
