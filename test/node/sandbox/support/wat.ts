import wabt from "wabt";

const FEATURES = { mutable_globals: true, sign_extension: true, bulk_memory: true, multi_value: true } as const;

/** A module from its text. */
export async function wat(text: string): Promise<Uint8Array> {
  const parser = await parsers();
  const module = parser.parseWat("test.wat", text, FEATURES);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

let parser: ReturnType<typeof wabt> | undefined;

function parsers(): ReturnType<typeof wabt> {
  return (parser ??= wabt());
}

export interface ReactorText {
  readonly imports?: string;
  /** Pages, `1` or `1 2048`. */
  readonly memory?: string;
  /** Locals and instructions of the functions, before a constant result where they give none themselves. */
  readonly alloc?: string;
  readonly requests?: string;
  readonly observe?: string;
  /** Whatever else the module holds. */
  readonly more?: string;
}

/** A fetcher that allocates at 1024 and answers nothing, unless its parts say otherwise. */
export function reactor({ imports = "", memory = "1", more = "", ...parts }: ReactorText = {}): Promise<Uint8Array> {
  const { alloc = "", requests = "", observe = "" } = parts;
  return wat(`(module ${imports}
    (memory (export "memory") ${memory})
    (func (export "alloc") (param $size i32) (result i32) ${alloc} (i32.const 1024))
    (func (export "requests") (param $at i32) (param $length i32) (result i64) ${requests} (i64.const 0))
    (func (export "observe") (param $at i32) (param $length i32) (result i64) ${observe} (i64.const 0))
    ${more})`);
}

/** WASI functions that the tests call, with their types. */
const WASI = {
  fd_write: "(param i32 i32 i32 i32) (result i32)",
  fd_read: "(param i32 i32 i32 i32) (result i32)",
  args_get: "(param i32 i32) (result i32)",
  random_get: "(param i32 i32) (result i32)",
  poll_oneoff: "(param i32 i32 i32 i32) (result i32)",
  proc_exit: "(param i32)",
} as const;

export interface CommandText {
  readonly imports?: readonly (keyof typeof WASI)[];
  readonly memory?: string;
  /** Locals and instructions of `_start`. */
  readonly start: string;
  readonly more?: string;
}

/** A WASI program. Its imports are called `$fd_write` and so on. */
export function command({ imports = [], memory = "1", start, more = "" }: CommandText): Promise<Uint8Array> {
  const lines = imports.map((name) => `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${WASI[name]}))`);
  return wat(`(module ${lines.join(" ")}
    (memory (export "memory") ${memory})
    (func (export "_start") ${start})
    ${more})`);
}

/** Instructions that never end. */
export const FOREVER = "(loop $forever (br $forever))";
