import path from "node:path";
import { fileURLToPath } from "node:url";
import { CONFIG_FILE, type RegistrationRecord } from "../../../node/app/init.ts";
import { type Child, spawnChild } from "../child.ts";
import { AdminClient } from "./admin-client.ts";

const CLI = fileURLToPath(new URL("../../../node/cli/main.ts", import.meta.url));

export interface NodeProcessOptions {
  readonly record: RegistrationRecord;
  /** The node's own folder, made by `initNode`. */
  readonly directory: string;
  readonly adminUrl: string;
  readonly password: string;
  /** The program to run instead of `quorate start`; takes the same arguments. */
  readonly script?: string;
  /** What it runs in: see `ChildOptions`. */
  readonly within?: readonly string[];
}

export const PASSWORD_VARIABLE = "QUORATE_DEVNET_PASSWORD";

/** One node of the devnet, as an operator would run it: a process of its own, seen through its admin interface alone. It waits for `start`. */
export class NodeProcess {
  readonly record: RegistrationRecord;
  readonly directory: string;
  readonly admin: AdminClient;
  readonly #options: NodeProcessOptions;
  #child: Child | undefined;
  #running = false;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
    this.record = options.record;
    this.directory = options.directory;
    this.admin = new AdminClient(options.adminUrl);
  }

  get name(): string {
    return this.record.name;
  }

  /** −1 before the first start. */
  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get running(): boolean {
    return this.#running;
  }

  get logFile(): string {
    return path.join(this.directory, "node.log");
  }

  /** SIGKILL: what a power cut looks like to a process. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** Again after it ended, too: on the same data. */
  start(): void {
    const { directory, password, script = CLI, within = [] } = this.#options;
    const args = ["start", "--config", path.join(directory, CONFIG_FILE)];
    const env = { [PASSWORD_VARIABLE]: password };
    const child = spawnChild({ script, args, env, within, logFile: this.logFile });
    this.#child = child;
    this.#running = true;
    void child.exited.then(() => {
      if (this.#child === child) this.#running = false;
    });
  }
}
