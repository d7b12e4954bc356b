import assert from "node:assert/strict";
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { openAnswerLog, type AnswerRecord } from "../../../scripts/devnet/replay/answer-log.ts";
import { NO_FAULTS } from "../../../scripts/devnet/replay/faults.ts";
import {
  createReplayServer,
  type ReplayServer,
  type ReplayServerOptions,
} from "../../../scripts/devnet/replay/server.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HEADERS = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
const START = 1_700_000_000_000;
const PATHS = {
  coinbase: "/products/SP500-USD/ticker",
  kraken: "/0/public/Ticker?pair=SP500USD",
  bitstamp: "/api/v2/ticker/sp500usd/",
  gemini: "/v1/pubticker/sp500usd",
};

/** Asks, and closes its end 200 ms later, with nothing unread. */
const LEAVING_CLIENT = `
  const [port, path] = process.argv.slice(1);
  const socket = require("node:net").connect(Number(port), "127.0.0.1");
  socket.write("GET " + path + " HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n", () => setTimeout(() => socket.destroy(), 200));
`;

let folder: string;
let logs = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-replay-"));
});
after(() => rm(folder, { recursive: true }));

interface Stage extends AsyncDisposable {
  readonly server: ReplayServer;
  readonly logFile: string;
  records(): Promise<AnswerRecord[]>;
}

/** A server whose clock stands still. */
async function stage(options: Partial<ReplayServerOptions> = {}): Promise<Stage> {
  const logFile = join(folder, `replay-${logs++}.jsonl`);
  const server = await createReplayServer(
    { seed: "seed", tickMs: 1000, logFile, faults: NO_FAULTS, ...options },
    { now: () => START },
  );
  return {
    server,
    logFile,
    records: () => readRecords(logFile),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function readRecords(file: string): Promise<AnswerRecord[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as AnswerRecord);
}

/** Looks again until the log is as wanted, as the server notices a client's departure on its own time; 5 s at most. */
async function eventually(play: Stage, wanted: (records: AnswerRecord[]) => boolean): Promise<AnswerRecord[]> {
  for (let look = 0; look < 500; look += 1) {
    const records = await play.records();
    if (wanted(records)) return records;
    await sleep(10);
  }
  assert.fail(`the log stayed at ${JSON.stringify(await play.records())}`);
}

async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { headers: HEADERS });
  return { status: response.status, body: await response.text() };
}

describe("replay server", () => {
  it("answers for every exchange and logs the price that it sent", async () => {
    await using play = await stage();
    for (const [i, [exchange, path]] of Object.entries(PATHS).entries()) {
      const { status, body } = await get(`${play.server.url}/node-1/${exchange}${path}`);
      assert.equal(status, 200);
      const records = await eventually(play, ({ length }) => length > i);
      assert.partialDeepStrictEqual(records.at(-1), {
        requester: "node-1",
        exchange,
        symbol: "SP500",
        traceId: TRACE,
        fault: null,
        aborted: false,
        tick: play.server.tickAt(START),
      });
      assert.ok(body.includes(`"${records.at(-1)?.price ?? "?"}"`));
    }
    assert.equal((await play.records()).length, 4);
  });

  it("says the same for the same seed, and something else to another node", async () => {
    await using one = await stage();
    await using two = await stage();
    await using other = await stage({ seed: "other" });
    const at = ({ server }: Stage, requester: string) => get(`${server.url}/${requester}/gemini${PATHS.gemini}`);
    const [first, again, neighbour, elsewhere] = await Promise.all([
      at(one, "node-1"),
      at(two, "node-1"),
      at(one, "node-2"),
      at(other, "node-1"),
    ]);
    assert.deepEqual(first, again);
    assert.notEqual(first.body, neighbour.body);
    assert.notEqual(first.body, elsewhere.body);
  });

  it("serves negative temperatures and days without rain as they are", async () => {
    await using play = await stage();
    const read = async (symbol: string): Promise<string> => {
      const { body } = await get(`${play.server.url}/node-1/gemini/v1/pubticker/${symbol}usd`);
      return (JSON.parse(body) as { last: string }).last;
    };
    assert.match(await read("seatemp"), /^-?\d+\.\d{8}$/);
    assert.match(await read("seaprcp"), /^\d+\.\d{8}$/);
  });

  for (const [exchange, path, status, body] of [
    ["coinbase", "/products/NOPE-USD/ticker", 404, /"message":"NotFound"/],
    ["kraken", "/0/public/Ticker?pair=NOPEUSD", 200, /EQuery:Unknown asset pair/],
    ["bitstamp", "/api/v2/ticker/nopeusd/", 404, /"status":"error"/],
    ["gemini", "/v1/pubticker/nopeusd", 400, /not a valid symbol/],
  ] as const) {
    it(`gives ${exchange}'s own error for an unknown pair`, async () => {
      await using play = await stage();
      const answer = await get(`${play.server.url}/node-1/${exchange}${path}`);
      assert.equal(answer.status, status);
      assert.match(answer.body, body);
      assert.equal((await play.records())[0]?.price, null);
    });
  }

  for (const target of [
    "/",
    "/node-1/nasdaq/x",
    "/node-1/coinbase/",
    "/node-1/kraken//evil/0/public/Ticker",
    "/%/coinbase/x",
  ]) {
    it(`knows nothing at ${target}, and logs nothing`, async () => {
      await using play = await stage();
      assert.equal((await get(play.server.url + target)).status, 404);
      assert.deepEqual(await play.records(), []);
    });
  }

  it("ignores a malformed trace", async () => {
    await using play = await stage();
    await (
      await fetch(`${play.server.url}/n/coinbase${PATHS.coinbase}`, { headers: { traceparent: "00-zz-1-1" } })
    ).text();
    assert.equal((await play.records())[0]?.traceId, null);
  });

  it("logs a stall that its client gave up on", async () => {
    await using play = await stage({ faults: { ...NO_FAULTS, stall: 10_000 } });
    const impatient = fetch(`${play.server.url}/n/coinbase${PATHS.coinbase}`, { signal: AbortSignal.timeout(60) });
    await assert.rejects(impatient);
    const [record] = await eventually(play, (records) => records.length > 0);
    assert.equal(record?.fault, "stall");
    assert.equal(record.price, null);
  });

  for (const how of ["late", "trickle"] as const) {
    it(`answers after a client's patience where an exchange is slow: ${how}`, async () => {
      await using play = await stage();
      play.server.slow("kraken", how);
      const ask = (exchange: "kraken" | "gemini") =>
        fetch(`${play.server.url}/node-1/${exchange}${PATHS[exchange]}`, { signal: AbortSignal.timeout(500) }).then(
          (response) => response.json(),
        );
      await assert.rejects(ask("kraken"), { name: "TimeoutError" });
      await ask("gemini");
      play.server.slow("kraken", undefined);
      await ask("kraken");
      const records = await eventually(play, ({ length }) => length === 3);
      const kraken = records.filter(({ exchange }) => exchange === "kraken");
      assert.deepEqual(
        kraken.map(({ aborted }) => aborted),
        [true, false],
      );
    });
  }

  it("marks an answer whose client left before it was sent", async () => {
    await using play = await stage();
    const socket = connect(Number(new URL(play.server.url).port), "127.0.0.1");
    socket.write(`GET /n/kraken${PATHS.kraken} HTTP/1.1\r\nhost: x\r\n\r\n`, () => socket.destroy());
    const [record] = await eventually(play, (records) => records.length > 0);
    assert.equal(record?.aborted, true);
  });

  it("marks an answer whose client left while the server paused before it sent it", async () => {
    await using play = await stage();
    const { port } = new URL(play.server.url);
    const path = `/n/coinbase${PATHS.coinbase}`;
    const leaving = spawn(process.execPath, ["-e", LEAVING_CLIENT, port, path], { stdio: "ignore" });
    const writeHead = Reflect.get(ServerResponse.prototype, "writeHead") as (...args: unknown[]) => unknown;
    const pausing = mock.method(ServerResponse.prototype, "writeHead", function (this: unknown, ...args: unknown[]) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      return Reflect.apply(writeHead, this, args);
    });
    try {
      const [record] = await eventually(play, (records) => records.length > 0);
      assert.equal(pausing.mock.callCount(), 1);
      assert.deepEqual([record?.status, record?.aborted], [200, true]);
    } finally {
      pausing.mock.restore();
      leaving.kill();
    }
  });

  it("takes an answer back that its client dropped unread", async () => {
    await using play = await stage();
    const socket = connect(Number(new URL(play.server.url).port), "127.0.0.1");
    socket.write(`GET /n/coinbase${PATHS.coinbase} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await eventually(play, (records) => records.length > 0);
    socket.resetAndDestroy();
    const [sent, takenBack] = await eventually(play, (records) => records.length > 1);
    assert.equal(sent?.aborted, false);
    assert.deepEqual(takenBack, { ...sent, aborted: true });
  });

  it("leaves an answer as it is when its client closes orderly later", async () => {
    await using play = await stage();
    const socket = connect(Number(new URL(play.server.url).port), "127.0.0.1");
    socket.write(`GET /n/coinbase${PATHS.coinbase} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(socket, "data");
    socket.end();
    await once(socket, "close");
    const records = await eventually(play, ({ length }) => length > 0);
    assert.deepEqual(
      records.map(({ aborted }) => aborted),
      [false],
    );
  });

  it("moves by one tick per tickMs", async () => {
    await using play = await stage();
    const ticksAfter = (ms: number): number => play.server.tickAt(START + ms) - play.server.tickAt(START);
    assert.deepEqual([-5000, 0, 999, 1000, 2500].map(ticksAfter), [0, 0, 0, 1, 2]);
  });

  it("closes once, however often it is asked to", async () => {
    await using play = await stage();
    await Promise.all([play.server.close(), play.server.close()]);
  });

  it("says which port is taken", async () => {
    await using play = await stage();
    const port = Number(new URL(play.server.url).port);
    await assert.rejects(stage({ port }), (error) => {
      return (
        error instanceof QuorateError && error.code === "replay-listen-failed" && error.message.includes(String(port))
      );
    });
  });

  it("says when the log cannot be written", async () => {
    await assert.rejects(
      stage({ logFile: join(folder, "nonexistent", "replay.jsonl") }),
      (error) => error instanceof QuorateError && error.code === "replay-log-unwritable",
    );
  });
});

describe("answer log", () => {
  it("begins a new file at its bound and keeps the one before", async () => {
    const file = join(folder, "rotated.jsonl");
    const log = openAnswerLog(file, 1000);
    for (let i = 0; i < 20; i += 1) log.append({ id: String(i) } as AnswerRecord);
    for (let i = 20; i < 120; i += 1) log.append({ id: String(i) } as AnswerRecord);
    log.close();
    const ids = (await readRecords(file)).map(({ id }) => Number(id));
    const before = (await readRecords(`${file}.1`)).map(({ id }) => Number(id));
    assert.deepEqual(
      [...before, ...ids].slice(-30),
      Array.from({ length: 30 }, (_, i) => 90 + i),
    );
    assert.ok((await readFile(file)).length <= 1000 && (await readFile(`${file}.1`)).length <= 1000);
  });
});

describe("replay process", () => {
  const main = new URL("../../../scripts/devnet/replay/main.ts", import.meta.url);

  function start(...args: string[]): ChildProcess {
    return fork(main, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  }

  for (const [how, stop] of [
    ["SIGTERM", (child: ChildProcess) => child.kill("SIGTERM")],
    ["SIGINT", (child: ChildProcess) => child.kill("SIGINT")],
    ["its parent's end", (child: ChildProcess) => child.disconnect()],
  ] as const) {
    it(`tells its URL both ways and stops on ${how}`, async () => {
      const child = start("--seed", "s", "--log", join(folder, `process-${logs++}.jsonl`));
      const [[message], [line]] = (await Promise.all([once(child, "message"), once(child.stdout!, "data")])) as [
        [{ url: string }],
        [Buffer],
      ];
      assert.deepEqual(message, { kind: "ready", ...(JSON.parse(line.toString()) as object) });
      await get(`${message.url}/node-1/coinbase${PATHS.coinbase}`);
      const ended = once(child, "exit");
      stop(child);
      assert.deepEqual(await ended, [0, null]);
    });
  }

  for (const [args, complaint] of [
    [["--seed", "s"], /--log/],
    [["--seed", "s", "--log", "x", "--tick-ms", "0"], /--tick-ms/],
    [["--sed", "s"], /--sed/],
  ] as const) {
    it(`refuses ${args.join(" ")} with one line`, async () => {
      const child = start(...args);
      const [[code], [text]] = (await Promise.all([once(child, "exit"), once(child.stderr!, "data")])) as [
        [number],
        [Buffer],
      ];
      assert.equal(code, 1);
      assert.match(text.toString(), complaint);
      assert.equal(text.toString().trim().split("\n").length, 1);
    });
  }
});
