import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import type { Hex } from "../../../../core/types/hex.ts";
import type { ProcessAnswer, ProcessMessage, ProcessRequest } from "../../../../node/sandbox/process/messages.ts";
import { Supervisor, type ProcessEvents } from "../../../../node/sandbox/process/supervisor.ts";
import { CLEARING_ANSWERS, FIRST_QUARANTINE_MS } from "../../../../node/sandbox/process/suspects.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/terms.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";

const call = (module: Hex): ProcessRequest => ({
  kind: "call",
  call: { module, phase: "observe", input: new Uint8Array(), feed: "F", time: 0 },
});
const DONE: ProcessAnswer = { kind: "done", result: { kind: "output", output: new Uint8Array(), fuel: 1n } };
const admit = (digest: Hex): ProcessRequest => ({
  ...{ kind: "admit", digest, bytes: new Uint8Array() },
  terms: DEFAULT_TERMS,
});
const STALL_MS = 20_000;
/** Lets promises settle that wait for each other. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** One life of a process that does what the test says. */
class Life {
  readonly sent: ProcessMessage[] = [];
  readonly pid = 1;
  killed = false;
  readonly #events: ProcessEvents;

  constructor(events: ProcessEvents) {
    this.#events = events;
  }

  send = (message: ProcessMessage) => void this.sent.push(message);
  kill = () => {
    this.killed = true;
    this.die("SIGKILL");
  };
  stop = () => Promise.resolve();
  ready = () => this.#events.onReply({ kind: "ready" });
  die = (reason = "SIGSEGV") => this.#events.onExit(reason);
  lastWords = (culprit: Hex) => this.#events.onReply({ kind: "dying", culprit });
  answer = (id: number, answer: ProcessAnswer = DONE) =>
    this.#events.onReply({ kind: "answer", id, stages: [], answer });
  /** Answers the latest request. */
  answerLast = (answer?: ProcessAnswer) =>
    this.answer((this.sent.at(-1) ?? assert.fail("nothing was sent")).id, answer);
}

describe("the supervisor", () => {
  const lives: Life[] = [];
  const quarantined: Hex[] = [];
  const cleared: Hex[] = [];
  const revived: string[] = [];
  let revival: readonly ProcessRequest[] = [];
  let now = 0;
  let supervisor: Supervisor;
  let log: ReturnType<typeof createRecordingLog>;
  const life = () => lives.at(-1) ?? assert.fail("no process was started");
  const pass = (ms: number) => {
    now += ms;
    mock.timers.tick(ms);
  };

  beforeEach(async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    lives.length = quarantined.length = cleared.length = now = 0;
    revival = [];
    revived.length = 0;
    log = createRecordingLog();
    supervisor = new Supervisor(
      { maxInFlight: 4, stallMs: STALL_MS },
      {
        log,
        now: () => now,
        spawn: (events) => {
          const started = new Life(events);
          lives.push(started);
          return started;
        },
        revival: () => revival,
        onRevived: (_, { answer }) => void revived.push(answer.kind),
        onRestart: () => undefined,
        onPool: () => undefined,
        onQuarantine: (module, yes) => void (yes ? quarantined : cleared).push(module),
      },
    );
    const started = supervisor.started();
    life().ready();
    await started;
  });
  afterEach(async () => {
    await supervisor.stop();
    mock.timers.reset();
  });

  it("starts a process that died at once, and one that goes on dying after 100 ms, 200 ms, … 5 s", () => {
    const waits: number[] = [];
    for (let death = 0; death < 9; death++) {
      const before = lives.length;
      life().die();
      let waited = 0;
      pass(0);
      for (; lives.length === before; waited += 100) pass(100);
      waits.push(waited);
    }
    assert.deepEqual(waits, [0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it("forgets earlier deaths once a process has been up for a while", async () => {
    for (let death = 0; death < 3; death++) {
      life().die();
      pass(1_000);
    }
    life().ready();
    await settle();
    pass(10_000);
    const before = lives.length;
    life().die();
    pass(0);
    assert.equal(lives.length, before + 1);
  });

  it("loses what was in flight, and keeps what was not yet sent", async () => {
    const outcomes = Array.from({ length: 5 }, () => supervisor.request(call("0x01")));
    assert.equal(life().sent.length, 4);
    life().die();
    pass(0);
    for (const outcome of outcomes.slice(0, 4)) assert.equal((await outcome).answer.kind, "lost");
    life().ready();
    await settle();
    life().answer(life().sent[0]!.id);
    assert.equal((await outcomes[4]!).answer.kind, "done");
  });

  it("lets nobody wait through two processes that do not come up", async () => {
    life().die();
    const waiting = supervisor.request(call("0x01"));
    pass(0);
    life().die();
    assert.equal((await waiting).answer.kind, "lost");
  });

  it("asks a new process for its modules before anything else", async () => {
    revival = [call("0x07")];
    life().die();
    pass(0);
    void supervisor.request(call("0x01"));
    life().ready();
    await settle();
    assert.deepEqual(
      life().sent.map(({ request }) => request),
      revival,
    );
    life().answer(life().sent[0]!.id);
    await settle();
    assert.equal(life().sent.length, 2);
  });

  it("kills a process that is silent with work to do, and leaves an idle one alone", async () => {
    pass(10 * STALL_MS);
    assert.equal(life().killed, false);
    const lost = supervisor.request(call("0x01"));
    pass(STALL_MS - 1);
    assert.equal(life().killed, false);
    pass(1);
    assert.equal(lives[0]?.killed, true);
    assert.equal((await lost).answer.kind, "lost");
  });

  /** Starts the next process and brings it up. */
  const revive = async () => {
    pass(10_000);
    life().ready();
    await settle();
  };

  it("quarantines the module that ends the process each time it runs, and not the one beside it", async () => {
    const [bad, good]: [Hex, Hex] = ["0x0bad", "0x600d"];
    let round = 0;
    for (; round < 10 && quarantined.length === 0; round++) {
      const innocent = supervisor.request(call(good));
      const guilty = supervisor.request(call(bad));
      // The process dies when the bad call reaches it, and answers the good one if that is alone.
      while (!life().sent.some(({ request }) => request.kind === "call" && request.call.module === bad)) {
        life().answer(life().sent.at(-1)!.id);
        await settle();
      }
      life().die();
      assert.equal((await guilty).answer.kind, "lost");
      await innocent;
      await revive();
    }
    assert.deepEqual(quarantined, [bad]);
    assert.equal(round, 4, "one death in company, three alone");
    assert.equal((await supervisor.request(call(bad))).answer.kind, "quarantined");
    const fine = supervisor.request(call(good));
    life().answer(life().sent.at(-1)!.id);
    assert.equal((await fine).answer.kind, "done");
    assert.equal(log.lines.filter(({ fields }) => fields.module === bad).length, 1);
  });

  it("believes the last words of a process about the module that could not be ended", async () => {
    for (let death = 0; death < 3; death++) {
      life().lastWords("0x0bad");
      life().die();
      await revive();
    }
    assert.deepEqual(quarantined, ["0x0bad"]);
  });

  it("does not bring a quarantined module to a new process", async () => {
    revival = [admit("0x0bad")];
    for (let death = 0; death < 3; death++) {
      life().die();
      await revive();
    }
    assert.deepEqual(quarantined, []);
    for (let death = 0; quarantined.length === 0 && death < 5; death++) {
      life().die();
      await revive();
    }
    assert.deepEqual(quarantined, ["0x0bad"]);
    await settle();
    assert.deepEqual(life().sent, []);
  });

  /** Three deaths in which the module is alone; the next process is up, without it. */
  const quarantine = async (module: Hex) => {
    revival = [];
    for (let death = 0; death < 3; death++) {
      void supervisor.request(call(module));
      life().die();
      await revive();
    }
    assert.deepEqual(quarantined, [module]);
    life().die();
    revival = [admit(module)];
    await revive();
    assert.deepEqual(life().sent, []);
  };
  const requests = () => life().sent.map(({ request }) => request);

  it("tries a module again when its quarantine is over, given to the process first; its answers clear it", async () => {
    await quarantine("0x0bad");
    pass(FIRST_QUARANTINE_MS);
    const answers = Array.from({ length: CLEARING_ANSWERS }, () => supervisor.request(call("0x0bad")));
    assert.deepEqual(requests(), revival, "one request is out, the module's own");
    life().answerLast({ kind: "admitted" });
    await settle();
    for (const answer of answers) {
      assert.deepEqual(cleared.length, answer === answers.at(-1) ? 1 : 0);
      life().answerLast();
      assert.equal((await answer).answer.kind, "done");
    }
    assert.deepEqual([cleared, revived], [["0x0bad"], ["admitted"]]);
    assert.deepEqual(
      log.lines.filter(({ fields }) => fields.module === "0x0bad").map(({ level }) => level),
      ["error", "warn", "info"],
    );
  });

  it("quarantines a module again, for longer, when the process ends while it is tried", async () => {
    await quarantine("0x0bad");
    pass(FIRST_QUARANTINE_MS);
    void supervisor.request(call("0x0bad"));
    life().answerLast({ kind: "admitted" });
    await settle();
    life().die();
    await revive();
    assert.deepEqual(quarantined, ["0x0bad", "0x0bad"]);
    pass(FIRST_QUARANTINE_MS);
    assert.equal((await supervisor.request(call("0x0bad"))).answer.kind, "quarantined");
    assert.deepEqual(cleared, []);
  });

  it("asks again for a module that a new process could not take; after three times it goes without", async () => {
    revival = [admit("0x01")];
    life().die();
    await revive();
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal(life().sent.length, attempt);
      life().answerLast({ kind: "faulted", reason: "its worker was lost" });
      await settle();
    }
    assert.equal(life().sent.length, 3);
    assert.deepEqual(revived, ["faulted"]);
    assert.match(log.lines.findLast(({ level }) => level === "error")?.message ?? "", /its worker was lost/);
    void supervisor.request(call("0x02"));
    assert.equal(life().sent.length, 4, "the others are served");
  });
});
