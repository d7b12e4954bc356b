/** What an interface of WASI 0.2 offers here: the type of each function, as `component-types.ts` writes it. */
export interface OfferedInterface {
  readonly functions: Readonly<Record<string, string>>;
  readonly resources: readonly string[];
}

const STREAM_ERROR = "variant{last-operation-failed(own<error>), closed}";
const DATETIME = "record{seconds: u64, nanoseconds: u32}";
const ERROR_CODE =
  "enum{access, would-block, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large, " +
  "illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop, too-many-links, message-size, " +
  "name-too-long, no-device, no-entry, no-lock, insufficient-memory, insufficient-space, not-directory, not-empty, " +
  "not-recoverable, unsupported, no-tty, no-such-device, overflow, not-permitted, pipe, read-only, invalid-seek, " +
  "text-file-busy, cross-device}";
const DESCRIPTOR_TYPE =
  "enum{unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket}";
const DESCRIPTOR_FLAGS =
  "flags{read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory}";
const PATH_FLAGS = "flags{symlink-follow}";
const OPEN_FLAGS = "flags{create, directory, exclusive, truncate}";
const STAT =
  `record{type: ${DESCRIPTOR_TYPE}, link-count: u64, size: u64, data-access-timestamp: option<${DATETIME}>, ` +
  `data-modification-timestamp: option<${DATETIME}>, status-change-timestamp: option<${DATETIME}>}`;
const NEW_TIME = `variant{no-change, now, timestamp(${DATETIME})}`;
const ADVICE = "enum{normal, sequential, random, will-need, dont-need, no-reuse}";
const ENTRY = `record{type: ${DESCRIPTOR_TYPE}, name: string}`;
const HASH = "record{lower: u64, upper: u64}";

const streamed = (ok: string) => `result<${ok}, ${STREAM_ERROR}>`;
const filed = (ok: string) => `result<${ok}, ${ERROR_CODE}>`;

function methods(resource: string, functions: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(functions).map(([name, type]) => {
    const separator = type.startsWith("()") ? "" : ", ";
    return [`[method]${resource}.${name}`, `func(borrow<${resource}>${separator}${type.slice(1)}`] as const;
  });
  return Object.fromEntries(entries);
}

const STREAMS: OfferedInterface = {
  resources: ["input-stream", "output-stream"],
  functions: {
    ...methods("input-stream", {
      read: `(u64) -> ${streamed("list<u8>")}`,
      "blocking-read": `(u64) -> ${streamed("list<u8>")}`,
      skip: `(u64) -> ${streamed("u64")}`,
      "blocking-skip": `(u64) -> ${streamed("u64")}`,
      subscribe: "() -> own<pollable>",
    }),
    ...methods("output-stream", {
      "check-write": `() -> ${streamed("u64")}`,
      write: `(list<u8>) -> ${streamed("_")}`,
      "blocking-write-and-flush": `(list<u8>) -> ${streamed("_")}`,
      flush: `() -> ${streamed("_")}`,
      "blocking-flush": `() -> ${streamed("_")}`,
      subscribe: "() -> own<pollable>",
      "write-zeroes": `(u64) -> ${streamed("_")}`,
      "blocking-write-zeroes-and-flush": `(u64) -> ${streamed("_")}`,
      splice: `(borrow<input-stream>, u64) -> ${streamed("u64")}`,
      "blocking-splice": `(borrow<input-stream>, u64) -> ${streamed("u64")}`,
    }),
  },
};

const FILES: OfferedInterface = {
  resources: ["descriptor", "directory-entry-stream"],
  functions: {
    ...methods("descriptor", {
      "read-via-stream": `(u64) -> ${filed("own<input-stream>")}`,
      "write-via-stream": `(u64) -> ${filed("own<output-stream>")}`,
      "append-via-stream": `() -> ${filed("own<output-stream>")}`,
      advise: `(u64, u64, ${ADVICE}) -> ${filed("_")}`,
      "sync-data": `() -> ${filed("_")}`,
      "get-flags": `() -> ${filed(DESCRIPTOR_FLAGS)}`,
      "get-type": `() -> ${filed(DESCRIPTOR_TYPE)}`,
      "set-size": `(u64) -> ${filed("_")}`,
      "set-times": `(${NEW_TIME}, ${NEW_TIME}) -> ${filed("_")}`,
      read: `(u64, u64) -> ${filed("tuple<list<u8>, bool>")}`,
      write: `(list<u8>, u64) -> ${filed("u64")}`,
      "read-directory": `() -> ${filed("own<directory-entry-stream>")}`,
      sync: `() -> ${filed("_")}`,
      "create-directory-at": `(string) -> ${filed("_")}`,
      stat: `() -> ${filed(STAT)}`,
      "stat-at": `(${PATH_FLAGS}, string) -> ${filed(STAT)}`,
      "set-times-at": `(${PATH_FLAGS}, string, ${NEW_TIME}, ${NEW_TIME}) -> ${filed("_")}`,
      "link-at": `(${PATH_FLAGS}, string, borrow<descriptor>, string) -> ${filed("_")}`,
      "open-at": `(${PATH_FLAGS}, string, ${OPEN_FLAGS}, ${DESCRIPTOR_FLAGS}) -> ${filed("own<descriptor>")}`,
      "readlink-at": `(string) -> ${filed("string")}`,
      "remove-directory-at": `(string) -> ${filed("_")}`,
      "rename-at": `(string, borrow<descriptor>, string) -> ${filed("_")}`,
      "symlink-at": `(string, string) -> ${filed("_")}`,
      "unlink-file-at": `(string) -> ${filed("_")}`,
      "is-same-object": "(borrow<descriptor>) -> bool",
      "metadata-hash": `() -> ${filed(HASH)}`,
      "metadata-hash-at": `(${PATH_FLAGS}, string) -> ${filed(HASH)}`,
    }),
    ...methods("directory-entry-stream", { "read-directory-entry": `() -> ${filed(`option<${ENTRY}>`)}` }),
    "filesystem-error-code": `func(borrow<error>) -> option<${ERROR_CODE}>`,
  },
};

function functionsOnly(functions: Readonly<Record<string, string>>): OfferedInterface {
  return { functions, resources: [] };
}

/**
 * The interfaces of WASI 0.2 that a component may import, of any version 0.2.x: within 0.2, versions add functions and
 * change none. Sockets and HTTP are not among them: the host makes the requests of a fetcher.
 */
export const OFFERED: Readonly<Record<string, OfferedInterface>> = {
  "wasi:cli/environment": functionsOnly({
    "get-environment": "func() -> list<tuple<string, string>>",
    "get-arguments": "func() -> list<string>",
    "initial-cwd": "func() -> option<string>",
  }),
  "wasi:cli/exit": functionsOnly({ exit: "func(result<_, _>)", "exit-with-code": "func(u8)" }),
  "wasi:cli/stdin": functionsOnly({ "get-stdin": "func() -> own<input-stream>" }),
  "wasi:cli/stdout": functionsOnly({ "get-stdout": "func() -> own<output-stream>" }),
  "wasi:cli/stderr": functionsOnly({ "get-stderr": "func() -> own<output-stream>" }),
  "wasi:cli/terminal-input": { functions: {}, resources: ["terminal-input"] },
  "wasi:cli/terminal-output": { functions: {}, resources: ["terminal-output"] },
  "wasi:cli/terminal-stdin": functionsOnly({ "get-terminal-stdin": "func() -> option<own<terminal-input>>" }),
  "wasi:cli/terminal-stdout": functionsOnly({ "get-terminal-stdout": "func() -> option<own<terminal-output>>" }),
  "wasi:cli/terminal-stderr": functionsOnly({ "get-terminal-stderr": "func() -> option<own<terminal-output>>" }),
  "wasi:clocks/monotonic-clock": functionsOnly({
    now: "func() -> u64",
    resolution: "func() -> u64",
    "subscribe-instant": "func(u64) -> own<pollable>",
    "subscribe-duration": "func(u64) -> own<pollable>",
  }),
  "wasi:clocks/wall-clock": functionsOnly({ now: `func() -> ${DATETIME}`, resolution: `func() -> ${DATETIME}` }),
  "wasi:random/random": functionsOnly({
    "get-random-bytes": "func(u64) -> list<u8>",
    "get-random-u64": "func() -> u64",
  }),
  "wasi:random/insecure": functionsOnly({
    "get-insecure-random-bytes": "func(u64) -> list<u8>",
    "get-insecure-random-u64": "func() -> u64",
  }),
  "wasi:random/insecure-seed": functionsOnly({ "insecure-seed": "func() -> tuple<u64, u64>" }),
  "wasi:io/error": {
    resources: ["error"],
    functions: methods("error", { "to-debug-string": "() -> string" }),
  },
  "wasi:io/poll": {
    resources: ["pollable"],
    functions: {
      ...methods("pollable", { ready: "() -> bool", block: "()" }),
      poll: "func(list<borrow<pollable>>) -> list<u32>",
    },
  },
  "wasi:io/streams": STREAMS,
  "wasi:filesystem/types": FILES,
  "wasi:filesystem/preopens": functionsOnly({ "get-directories": "func() -> list<tuple<own<descriptor>, string>>" }),
};
