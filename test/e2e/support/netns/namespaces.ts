import { ip } from "./shell.ts";

export interface Namespaces {
  /** Names of the network namespaces, one per node. */
  readonly names: readonly string[];
  /** Where this machine stands in the network that has no faults. */
  readonly outside: string;
  /** A node's address there. */
  readonly plainHostOf: (node: number) => string;
  /** A node's address in the network that passes through the tunnels. */
  readonly hostOf: (node: number) => string;
  readonly macOf: (node: number) => string;
  /** Takes a node's tunnel down, or up again. */
  setLink(node: number, state: "up" | "down"): Promise<void>;
  remove(): Promise<void>;
}

export const TUNNEL_PORT = 4789;
const TUNNEL = "tunnel";
/** Leaves room for the tunnel's own headers. */
const TUNNEL_MTU = 1_400;
const FIRST_HOST = 10;
/** Second bytes of the addresses of the plain and of the tunnelled network: private, and rarely used by anybody else. */
const PLAIN = 213;
const TUNNELLED = 214;

/**
 * One network namespace per node. A veth pair and a bridge join them with this machine; a VXLAN tunnel in each ends at this
 * machine, at whatever listens there on TUNNEL_PORT.
 */
export async function addNamespaces(count: number): Promise<Namespaces> {
  const tag = `q${process.pid}`;
  const bridge = `${tag}b`;
  const third = process.pid % 250;
  const nodes = Array.from({ length: count }, (_, node) => node);
  const names = nodes.map((node) => `${tag}n${node}`);
  const outside = `10.${PLAIN}.${third}.1`;
  const plainHostOf = (node: number) => `10.${PLAIN}.${third}.${FIRST_HOST + node}`;
  const hostOf = (node: number) => `10.${TUNNELLED}.${third}.${FIRST_HOST + node}`;
  const macOf = (node: number) => `0200000000${(FIRST_HOST + node).toString(16).padStart(2, "0")}`;
  const remove = async (): Promise<void> => {
    for (const name of names) await ip("netns", "del", name).catch(() => undefined);
    await ip("link", "del", bridge).catch(() => undefined);
  };
  try {
    await ip("link", "add", bridge, "type", "bridge");
    await ip("addr", "add", `${outside}/24`, "dev", bridge);
    await ip("link", "set", bridge, "up");
    for (const node of nodes) {
      const name = names[node] ?? "";
      const inside = (...args: readonly string[]) => ip("-n", name, ...args);
      await ip("netns", "add", name);
      await ip("link", "add", `${tag}v${node}`, "type", "veth", "peer", "name", "eth0", "netns", name);
      await ip("link", "set", `${tag}v${node}`, "master", bridge, "up");
      await inside("addr", "add", `${plainHostOf(node)}/24`, "dev", "eth0");
      await inside("link", "set", "eth0", "up");
      await inside("link", "set", "lo", "up");
      const mac = (macOf(node).match(/../g) ?? []).join(":");
      const far = ["id", "7", "remote", outside, "local", plainHostOf(node), "dstport", String(TUNNEL_PORT)];
      await inside("link", "add", TUNNEL, "address", mac, "mtu", String(TUNNEL_MTU), "type", "vxlan", ...far);
      await inside("addr", "add", `${hostOf(node)}/24`, "dev", TUNNEL);
      await inside("link", "set", TUNNEL, "up");
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const setLink = (node: number, state: "up" | "down") =>
    ip("-n", names[node] ?? "", "link", "set", TUNNEL, state).then(() => undefined);
  return { names, outside, plainHostOf, hostOf, macOf, setLink, remove };
}

/** What is missing for namespaces, in one line; undefined if nothing is. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== "linux") return "network namespaces need Linux";
  try {
    await (await addNamespaces(1)).remove();
    return undefined;
  } catch (error) {
    const { code, stderr = String(error) } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") return "`ip` is not installed (package iproute2)";
    const said = stderr.trim().split("\n").at(-1) ?? "";
    return `network namespaces cannot be made: run as root (CAP_NET_ADMIN and CAP_SYS_ADMIN), with veth, bridge and vxlan in the kernel; ip says: ${said}`;
  }
}
