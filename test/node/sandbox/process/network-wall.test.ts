import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type AddressInfo, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { checkNetworkWall, findNetworkWall, type NetworkWall } from "../../../../node/sandbox/process/network-wall.ts";
import { withCode } from "../../../support/error-code.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { sandboxCommand } from "../../../../node/sandbox/process/sandbox-process.ts";

/** Tries to reach a server on this machine, and says how that ended. */
const CONNECT = `
  const { connect } = require("node:net");
  const socket = connect(Number(process.argv[1]), "127.0.0.1");
  socket.once("connect", () => { console.log("connected"); process.exit(0); });
  socket.once("error", ({ code }) => { console.log(code); process.exit(0); });`;

describe("the wall between the sandbox process and the network", { timeout: 30_000 }, () => {
  let server: Server;
  let wall: NetworkWall;
  const connectFrom = async (behind: NetworkWall) => {
    const { execPath, execArgv } = sandboxCommand(behind);
    const { port } = server.address() as AddressInfo;
    const args = [...execArgv, "--eval", CONNECT, String(port)];
    return (await promisify(execFile)(execPath, args, { env: {} })).stdout.trim();
  };

  before(async () => {
    wall = await findNetworkWall();
    server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  it("keeps a socket from being opened, where the system allows such a wall", async (context) => {
    if (wall.kind === "none") {
      context.skip("this system allows neither network namespaces nor has a Node whose permission model covers them");
      return;
    }
    assert.match(await connectFrom(wall), /^(ENETUNREACH|ERR_ACCESS_DENIED|EPERM|ECONNREFUSED)$/);
  });

  it("is what makes the difference: the same process without it connects, on Node before 26", async (context) => {
    const denied = process.allowedNodeEnvironmentFlags.has("--allow-net");
    if (denied) context.skip("this Node's permission model denies the network by itself");
    else assert.equal(await connectFrom({ kind: "none", prefix: [] }), "connected");
  });

  it("is demanded or missed: without one, a sandbox that needs it does not start, and another warns", () => {
    const log = createRecordingLog();
    const open: NetworkWall = { kind: "none", prefix: [] };
    assert.throws(() => checkNetworkWall(open, { network: "must-be-isolated" }, log), withCode("sandbox-network-open"));
    checkNetworkWall(open, { network: "isolated-if-possible" }, log);
    checkNetworkWall({ kind: "permission-model", prefix: [] }, { network: "must-be-isolated" }, log);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields.event]),
      [["warn", "sandbox_network_open"]],
    );
  });
});
