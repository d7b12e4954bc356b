import { readdir, readFile } from "node:fs/promises";

/** What a process and its descendants have used so far. */
export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Clock ticks per second in /proc: a constant of the kernel's interface to user space. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat after the name, from 0. */
const UTIME = 11;
const STIME = 12;

/** The descendants of a process, children first; empty where the system has no /proc. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const below = await Promise.all(children.map(descendantsOf));
  return [...children, ...below.flat()];
}

/** Sums over the processes that are still there; undefined where the system has no /proc. */
export async function useOf(pids: readonly number[]): Promise<ProcessUse | undefined> {
  if (process.platform !== "linux") return undefined;
  const uses = await Promise.all(pids.map(readUse));
  const sum = (field: keyof ProcessUse) => uses.reduce((total, use) => total + (use?.[field] ?? 0), 0);
  return { cpuSeconds: sum("cpuSeconds"), residentBytes: sum("residentBytes") };
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)));
  return lists.flatMap((list) =>
    (list ?? "")
      .split(" ")
      .filter((text) => text !== "")
      .map(Number),
  );
}

async function readUse(pid: number): Promise<ProcessUse | undefined> {
  const [stat, status] = await Promise.all([read(`/proc/${pid}/stat`), read(`/proc/${pid}/status`)]);
  if (stat === undefined || status === undefined) return undefined;
  // The name may hold anything, parentheses and spaces included: the fields begin after the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: kibibytes * 1024 };
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
