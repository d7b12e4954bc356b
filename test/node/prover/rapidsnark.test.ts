import assert from "node:assert/strict";
import { access, chmod, copyFile, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ProvingStage } from "../../../core/ports/prover.ts";
import { startProver } from "../../../node/app/prover.ts";
import { descendantsOf } from "../../../scripts/bench/rounds/process-tree.ts";
import { type BuiltCircuit, ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../support/error-code.ts";
import { medianStatement } from "../../support/median-statement.ts";
import { ownTemporaryFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { until } from "../../support/until.ts";

const linux = process.platform === "linux" ? {} : { skip: "processes are followed through /proc" };
const STAND_IN = fileURLToPath(new URL("../../support/rapidsnark-stand-in.mjs", import.meta.url));

describe("a rapidsnark binary as the prover's engine", linux, () => {
  let circuit: BuiltCircuit;
  let folder: string;
  const temporary = ownTemporaryFolder();

  before(async () => {
    circuit = await ensureCircuits({ instance: "median-n4-k3-v8" });
    folder = await mkdtemp(path.join(temporary, "programs-"));
  });

  /** A program that does what the script says; "$3" is where the proof belongs. */
  async function program(name: string, script: string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  const standIn = () => program("stand-in", `exec "${process.execPath}" "${STAND_IN}" "$@"`);

  async function withProver<T>(
    rapidsnark: string,
    use: (prover: Awaited<ReturnType<typeof startProver>>) => Promise<T>,
  ) {
    const prover = await startProver({ circuit: "median", ...circuit, rapidsnark }, { log: silentLog });
    try {
      return await use(prover);
    } finally {
      await prover.stop();
    }
  }

  const prove = (rapidsnark: string) =>
    withProver(rapidsnark, (prover) => prover.prove(medianStatement(), { signal: new AbortController().signal }));

  it("proves, stage by stage, and leaves no file behind", async () => {
    const before = await readdir(temporary);
    const stages: ProvingStage[] = [];
    const proof = await withProver(await standIn(), async (prover) => {
      const request = {
        signal: new AbortController().signal,
        onStage: (stage: ProvingStage) => void stages.push(stage),
      };
      await prover.prove(medianStatement(), request);
      return prover.prove(medianStatement({ reportMask: 1 }), request);
    });
    assert.deepEqual(stages, ["witness", "proof", "verification", "witness", "proof", "verification"]);
    assert.ok(proof.proveMs > 0 && proof.witnessMs > 0);
    assert.ok(proof.peakMemory > 20e6 && proof.peakMemory < 4e9, `${proof.peakMemory} bytes`);
    assert.deepEqual(await readdir(temporary), before);
  });

  it("is refused where it is no program", async () => {
    await assert.rejects(prove(path.join(folder, "none")), withCode("engine-missing"));
    const text = path.join(folder, "text");
    await copyFile(STAND_IN, text);
    await chmod(text, 0o644);
    await assert.rejects(prove(text), withCode("engine-missing"));
  });

  it("is told by its own words when it fails", async () => {
    const failing = prove(await program("failing", 'echo "Invalid witness length" >&2; exit 3'));
    await assert.rejects(failing, (error: Error) => {
      assert.match(error.message, /code 3: Invalid witness length/);
      return withCode("engine-failed")(error);
    });
    await assert.rejects(prove(await program("talking", "yes x")), withCode("engine-failed"));
  });

  it("is not believed: a proof must have the format and must verify", async () => {
    await assert.rejects(prove(await program("silent", "exit 0")), withCode("engine-failed"));
    await assert.rejects(prove(await program("garbage", 'head -c 100000 /dev/zero > "$3"')), withCode("engine-failed"));
    const numbers = JSON.stringify({ pi_a: [1, 2, 3], pi_b: [], pi_c: ["1", "2", "1"] });
    await assert.rejects(prove(await program("numbers", `echo '${numbers}' > "$3"`)), withCode("engine-failed"));
    // The generators: points of the right groups, and no proof of anything.
    const [x0, x1, y0, y1] = [
      "10857046999023057135944570762232829481370756359578518086990519993285655852781",
      "11559732032986387107991004021392285783925812861821192530917403151452391805634",
      "8495653923123431417604973247489272438418190587263600148770280649306958101930",
      "4082367875863433681332203403145435568316851327593401208105741076214120093531",
    ];
    const points = { pi_a: ["1", "2", "1"], pi_b: [[x0, x1], [y0, y1], ["1", "0"]], pi_c: ["1", "2", "1"] }; // prettier-ignore
    await assert.rejects(
      prove(await program("generators", `echo '${JSON.stringify(points)}' > "$3"`)),
      withCode("proof-invalid"),
    );
  });

  it("cannot pass an earlier proof off for a later one", async () => {
    const once = `[ -e "${folder}/ran" ] && exit 0; touch "${folder}/ran"; exec "${process.execPath}" "${STAND_IN}" "$@"`;
    await withProver(await program("once", once), async (prover) => {
      const request = { signal: new AbortController().signal };
      await prover.prove(medianStatement(), request);
      await assert.rejects(prover.prove(medianStatement(), request), withCode("engine-failed"));
    });
  });

  it("gets no environment but PATH", async () => {
    process.env.QUORATE_TEST_SECRET = "hush";
    try {
      await assert.rejects(
        prove(await program("curious", `env > "${folder}/seen"; exit 1`)),
        withCode("engine-failed"),
      );
    } finally {
      delete process.env.QUORATE_TEST_SECRET;
    }
    const seen = await readFile(path.join(folder, "seen"), "utf8");
    const names = seen.split("\n").map((line) => line.split("=")[0]);
    // The shell itself adds its own.
    assert.deepEqual(
      names.filter((name) => !["PATH", "PWD", "OLDPWD", "SHLVL", "_", ""].includes(name!)),
      [],
    );
  });

  it("ends with its job, when that is called off or takes too long", async () => {
    const hanging = await program("hanging", `echo $$ > "${folder}/pid"; exec sleep 60`);
    const calledOff = new AbortController();
    await withProver(hanging, async (prover) => {
      const proof = prover.prove(medianStatement(), calledOff);
      await until("the engine runs", () => exists(path.join(folder, "pid")));
      assert.ok((await descendantsOf(process.pid)).length >= 2);
      calledOff.abort();
      await assert.rejects(proof, withCode("proof-aborted"));
      await until("the engine and its parent are gone", async () => (await descendantsOf(process.pid)).length === 0);
    });
    const pid = Number(await readFile(path.join(folder, "pid"), "utf8"));
    // Z: dead, and its new parent has not looked yet.
    await until("the engine is dead", async () => / [ZX] /.test(await statOf(pid)));
  });
});

function statOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/stat`, "utf8").catch(() => " X ");
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
