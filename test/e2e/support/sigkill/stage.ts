import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../../../../core/consensus/messages.ts";
import { sequenceOf, slotOf } from "../../../../core/types/sequence.ts";
import type { Random } from "../../../support/random.ts";
import { until } from "../../../support/until.ts";
import { type Puppets, type Round, VICTIM } from "./puppets.ts";
import type { Recorder } from "./recorder.ts";
import type { Victim } from "./victim.ts";

/**
 * Instants at which the node is killed, and for how many milliseconds afterwards at most: right after it sent something,
 * or somewhere in the work that a message sets off.
 */
export const STATIONS = {
  "epoch-wished": 10,
  asked: 25,
  observed: 2,
  proposed: 12,
  prepared: 2,
  voted: 12,
  signed: 2,
  final: 15,
  "leader-started": 25,
  "leader-collecting": 40,
  "leader-proposed": 2,
  "leader-voted": 12,
  "leader-signed": 2,
  "leader-final": 15,
  starting: 1_500,
} as const;
export type Station = keyof typeof STATIONS;

/** A round that a kill cut off: who led it, and what was proposed. */
export interface CutRound {
  readonly leader: number;
  readonly sequence: bigint | undefined;
}

export interface StageDeps {
  readonly puppets: Puppets;
  readonly recorder: Recorder;
  readonly victim: Victim;
  readonly random: Random;
}

/** Plays rounds with the node, in which everybody but it is a puppet, and kills it where a plan says. */
export class Stage {
  readonly #deps: StageDeps;
  #plan: Station | undefined;
  #cut: CutRound = { leader: VICTIM, sequence: undefined };

  constructor(deps: StageDeps) {
    this.#deps = deps;
  }

  /** Plays a round up to the station and kills the node there. */
  async playAndKill(station: Station): Promise<CutRound> {
    this.#plan = station;
    try {
      if (station.startsWith("leader-")) await this.playLed();
      else await this.playRound();
      throw new Error(`a whole round was played without passing "${station}"`);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return this.#cut;
    } finally {
      this.#plan = undefined;
    }
  }

  /** A round of a new epoch that a puppet leads, to its final report in the node's hands. */
  async playRound(): Promise<bigint> {
    const { puppets, recorder, random } = this.#deps;
    const leader = puppets.members[random.integer(puppets.members.length)] ?? 1;
    const sequence = sequenceOf({ configIndex: 1, epoch: puppets.enterEpochOf(leader), round: 1 });
    this.#cut = { leader, sequence };
    await this.#pass("epoch-wished");
    puppets.send(leader, { kind: "round-start", sequence });
    await this.#pass("asked");
    const own = await recorder.next(["observation"], ({ observation }) => observation.sequence === sequence);
    await this.#pass("observed");
    const round = puppets.round(leader, sequence, [
      { observer: VICTIM, observation: own.observation, signature: own.signature },
      ...puppets.observations(sequence).slice(1),
    ]);
    puppets.propose(leader, round);
    await this.#pass("proposed");
    await this.#finish(round);
    return sequence;
  }

  /** The next round that the node leads: of a new epoch, or of this one with `stay`. */
  async playLed({ stay = false } = {}): Promise<bigint> {
    const { puppets } = this.#deps;
    const epoch = stay ? puppets.epoch : puppets.enterEpochOf(VICTIM);
    this.#cut = { leader: VICTIM, sequence: undefined };
    await this.#pass("epoch-wished");
    const round = puppets.roundOf(await this.#proposalIn(epoch));
    await this.#pass("leader-proposed");
    await this.#finish(round, "leader-");
    return round.sequence;
  }

  /** What the node proposes once its round-start was answered: a later one if it gave the round up before. */
  async #proposalIn(epoch: number): Promise<Extract<Message, { kind: "proposal" }>> {
    const { puppets, recorder } = this.#deps;
    let answered = 0n;
    for (;;) {
      const message = await recorder.next(["round-start", "proposal"], ({ kind, sequence }) => {
        return slotOf(sequence).epoch === epoch && (kind === "proposal" || sequence > answered);
      });
      const { sequence } = message;
      this.#cut = { leader: VICTIM, sequence };
      if (message.kind === "proposal") return message;
      await this.#pass("leader-started");
      for (const { observer, observation, signature } of puppets.observations(sequence))
        puppets.send(observer, { kind: "observation", observation, signature });
      answered = sequence;
      await this.#pass("leader-collecting");
    }
  }

  /** A round of this epoch, after those that it had, that becomes final among the puppets while the node only listens. */
  async playWithoutNode(): Promise<bigint> {
    const { puppets, victim } = this.#deps;
    const leader = puppets.leaderOf(puppets.epoch);
    if (leader === VICTIM) throw new RangeError("this epoch's leader is the node");
    const sequence = sequenceOf({ configIndex: 1, epoch: puppets.epoch, round: 2 });
    const round = puppets.round(leader, sequence);
    puppets.send(leader, { kind: "round-start", sequence });
    puppets.propose(leader, round);
    puppets.prepare(round);
    puppets.sign(round);
    await until("the node holds the final report", () => victim.holds(sequence));
    return sequence;
  }

  /** Starts the dead node; returns when all puppets can talk to it. */
  async restart(): Promise<void> {
    const { puppets, recorder, victim } = this.#deps;
    recorder.turnPage();
    await puppets.reconnected(() => victim.start());
  }

  /**
   * What a restarted node must not fall for: the round that was cut off once more, with other contents in each message. A
   * node that led it is answered otherwise than before, whatever it starts.
   */
  async provoke({ leader, sequence }: CutRound): Promise<void> {
    if (sequence === undefined) return;
    if (leader === VICTIM) await this.playLed({ stay: true });
    else this.replay(sequence);
  }

  /** A puppet's round once more, with other contents. */
  replay(sequence: bigint): void {
    const { puppets } = this.#deps;
    const leader = puppets.leaderOf(slotOf(sequence).epoch);
    const other = puppets.round(leader, sequence);
    puppets.send(leader, { kind: "round-start", sequence });
    puppets.propose(leader, other);
    puppets.prepare(other);
    puppets.sign(puppets.round(leader, sequence));
  }

  async #finish(round: Round, role: "" | "leader-" = ""): Promise<void> {
    const { puppets, recorder, victim } = this.#deps;
    const { sequence } = round;
    await recorder.next(["prepare"], (message) => message.sequence === sequence);
    if (role === "") await this.#pass("prepared");
    puppets.prepare(round);
    await this.#pass(`${role}voted`);
    await recorder.next(["signature"], ({ report }) => report.sequence === sequence);
    await this.#pass(`${role}signed`);
    puppets.sign(round);
    await this.#pass(`${role}final`);
    await until("the node holds the final report", () => victim.holds(sequence));
  }

  /** Where the plan says so the node dies here, or a little later: half of the times at once. */
  async #pass(station: Station): Promise<void> {
    if (station !== this.#plan) return;
    const { random, victim } = this.#deps;
    const spread = STATIONS[station];
    if (random.next() < 0.5) await delay(random.next() * spread);
    await victim.kill();
    throw new Killed();
  }
}

class Killed extends Error {}
