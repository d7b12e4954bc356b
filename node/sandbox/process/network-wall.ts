import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Log } from "../../../core/ports/log.ts";

/**
 * What keeps the sandbox process off the network.
 * `namespace`: it starts in a network namespace of its own, in which there is nothing, not even loopback.
 * `permission-model`: this Node's permission model covers the network, which is denied by default.
 * `none`: the network is open to whoever breaks out of WebAssembly.
 */
export interface NetworkWall {
  readonly kind: "namespace" | "permission-model" | "none";
  /** Command that the process is started through; it replaces itself by the process, so that the pid stays. */
  readonly prefix: readonly string[];
}

export interface NetworkOpen {
  readonly code: "sandbox-network-open";
}

const OPEN: NetworkWall = { kind: "none", prefix: [] };
const UNSHARE = ["/usr/bin/unshare", "/bin/unshare"];
/** With the right to do so, and else as the root of a user namespace of its own, where the system allows that to all. */
const NAMESPACE_FLAGS = [["--net"], ["--user", "--map-root-user", "--net"]];
/** The probe does nothing; where the kernel refuses it says so at once. */
const PROBE_TIMEOUT_MS = 2_000;

/** Finds out what this system offers. Takes some milliseconds. */
export async function findNetworkWall(): Promise<NetworkWall> {
  const unshare = process.platform === "linux" ? UNSHARE.find((file) => existsSync(file)) : undefined;
  const prefixes = unshare === undefined ? [] : NAMESPACE_FLAGS.map((flags) => [unshare, ...flags, "--"]);
  for (const prefix of prefixes) {
    if (await works(prefix)) return { kind: "namespace", prefix };
  }
  return process.allowedNodeEnvironmentFlags.has("--allow-net") ? { kind: "permission-model", prefix: [] } : OPEN;
}

/** Says where there is no wall. @throws QuorateError<NetworkOpen> if there must be one. */
export function checkNetworkWall(
  { kind }: NetworkWall,
  { network }: { readonly network: "isolated-if-possible" | "must-be-isolated" },
  log: Log,
): void {
  if (kind !== "none") return;
  const mend = "allow network namespaces (util-linux's unshare, with CAP_SYS_ADMIN or user namespaces), or run Node 26";
  if (network === "must-be-isolated") {
    throw new QuorateError<NetworkOpen>(
      { code: "sandbox-network-open" },
      `the sandbox process cannot be cut off from the network here: ${mend}`,
    );
  }
  log.warn({ event: "sandbox_network_open" }, `the sandbox process is not cut off from the network: ${mend}`);
}

async function works(prefix: readonly string[]): Promise<boolean> {
  const [command = "", ...flags] = prefix;
  try {
    await promisify(execFile)(command, [...flags, command, "--version"], { timeout: PROBE_TIMEOUT_MS, env: {} });
    return true;
  } catch {
    return false;
  }
}
