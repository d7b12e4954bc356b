import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../../scripts/toolchain/root.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe(
  "postinstall",
  { skip: process.platform === "win32" && "the programs that stand for Node are shell scripts" },
  () => {
    const folder = scratchFolder();

    /** What stands for a Node that npm brought leaves a mark when it is run: it would install everything once more. */
    function install(place: string) {
      const at = (...parts: string[]) => path.join(folder, place, ...parts);
      const script = (file: string, text: string) => {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, `#!/bin/sh\n${text}\n`);
        chmodSync(file, 0o755);
        return file;
      };
      cpSync(path.join(ROOT, "scripts/toolchain"), at("scripts/toolchain"), { recursive: true });
      const mark = at("mark");
      script(at("node_modules", `node-${process.platform}-${process.arch}`, "bin/node"), `touch "${mark}"`);
      const oldNode = script(at("old-node"), "echo 20.19.0");
      const env = { PATH: process.env.PATH, npm_node_execpath: oldNode, npm_execpath: "npm-cli.js" };
      const { status } = spawnSync(process.execPath, ["scripts/toolchain/postinstall.mjs"], { cwd: at(), env });
      return { status, repaired: existsSync(mark) };
    }

    it("repairs a checkout that an old Node's npm installed", () => {
      assert.deepEqual(install("checkout"), { status: 0, repaired: true });
    });

    it("leaves a project alone that has the checkout among its packages", () => {
      assert.deepEqual(install("stranger/node_modules/quorate"), { status: 0, repaired: false });
    });
  },
);
