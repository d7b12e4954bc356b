import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Links, startLinks } from "../../../scripts/devnet/links/links.ts";
import { until } from "../../support/until.ts";

const LOOPBACK = "127.0.0.1";
/** Long enough for anything that would arrive to arrive. */
const QUIET_MS = 250;
/** Beyond what all buffers on the way hold. */
const MUCH = 16 * 1024 * 1024;

let folder: string;
let links: Links | undefined;
let echo: Server;
const sockets = new Set<Socket>();

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-links-"));
  echo = await listening((socket) => socket.pipe(socket));
});
after(async () => {
  echo.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await links?.stop();
});

function listening(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return new Promise((resolve) => server.listen(0, LOOPBACK, () => resolve(server)));
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Three members, of whom each is the echo. */
async function between(members = 3): Promise<Links> {
  const targets = Array.from({ length: members }, () => portOf(echo));
  links = await startLinks({ logFile: path.join(folder, "links.log"), targets });
  return links;
}

/** A connection of one member to another that notes what comes back. */
async function dial(from: number, to: number) {
  const socket = connect({ port: links!.portOf(from, to), host: LOOPBACK, allowHalfOpen: true });
  sockets.add(socket);
  const heard = { text: "", bytes: 0, ended: false, closed: false };
  socket.on("data", (chunk: Buffer) => {
    heard.bytes += chunk.length;
    if (heard.bytes < 10_000) heard.text += chunk.toString();
  });
  socket.on("end", () => (heard.ended = true)).on("close", () => (heard.closed = true));
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, heard, hears: (text: string) => until(text, () => heard.text === text || heard.text) };
}

describe("links", () => {
  it("pass on what is sent, in order, in both directions, to the end", async () => {
    await between();
    const { socket, heard, hears } = await dial(0, 1);
    socket.write("one ");
    socket.end("two");
    await hears("one two");
    await until("the other side's end", () => heard.ended);
  });

  it("delay each direction, and lose or reorder nothing when the delay is shortened", async () => {
    await (await between()).delay(150);
    const { socket, heard, hears } = await dial(0, 1);
    const start = performance.now();
    for (let i = 0; i < 20; i++) socket.write(`${i} `);
    await until("the echo", () => heard.text.length > 0);
    assert.ok(performance.now() - start >= 300, "there and back");
    socket.write("late ");
    await links!.delay(0);
    socket.write("later");
    await hears(`${Array.from({ length: 20 }, (_, i) => `${i} `).join("")}late later`);
  });

  it("hold what crosses a cut and let it go when the cut is mended; other links stay whole", async () => {
    await between();
    const [cut, whole, back] = [await dial(0, 1), await dial(1, 2), await dial(1, 0)];
    await links!.split([[0], [1, 2]]);
    for (const { socket } of [cut, whole, back]) socket.write("word");
    await whole.hears("word");
    await delay(QUIET_MS);
    assert.deepEqual([cut.heard.text, back.heard.text], ["", ""]);
    await links!.heal();
    await cut.hears("word");
    await back.hears("word");
  });

  it("cut off a member that is in no group", async () => {
    await between();
    await links!.split([[1, 2]]);
    const [alone, together] = [await dial(0, 2), await dial(2, 1)];
    alone.socket.write("word");
    together.socket.write("word");
    await together.hears("word");
    assert.equal(alone.heard.text, "");
  });

  it("do not let a dial across a cut reach anybody before the cut is mended", async () => {
    let reached = 0;
    const target = await listening(() => (reached += 1));
    links = await startLinks({ logFile: path.join(folder, "links.log"), targets: [0, portOf(target)] });
    await links.split([[0], [1]]);
    const [patient, impatient] = [await dial(0, 1), await dial(0, 1)];
    impatient.socket.destroy();
    await delay(QUIET_MS);
    assert.equal(reached, 0);
    await links.heal();
    await until("the one that waited", () => reached === 1);
    assert.equal(patient.heard.closed, false);
    target.close();
  });

  it("stop reading a sender when much is held, and lose nothing of it", async () => {
    await between();
    const { socket, heard } = await dial(0, 1);
    await links!.split([[0], [1]]);
    socket.write(Buffer.alloc(MUCH));
    await delay(QUIET_MS);
    assert.ok(socket.writableLength > 0, "the sender feels that nothing is taken");
    await links!.heal();
    await until("all of it", () => heard.bytes === MUCH || heard.bytes);
  });

  it("tell a dialler that a member is gone", async () => {
    const gone = await listening(() => undefined);
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    links = await startLinks({ logFile: path.join(folder, "links.log"), targets: [0, port] });
    const { heard } = await dial(0, 1);
    await until("the connection's end", () => heard.closed);
  });

  it("know no way from a member to itself", async () => {
    const known = await between();
    assert.throws(() => known.portOf(1, 1), RangeError);
    assert.throws(() => known.portOf(0, 3), RangeError);
  });
});
