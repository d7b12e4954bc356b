import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { encodeObserveInput } from "../../../../core/codec/envelope.ts";
import { HOST_CAPABILITIES, type HostCapability } from "../../../../core/ports/sandbox.ts";
import { answer } from "../../../fetchers/support/fetcher-run.ts";
import { command, reactor } from "../support/wat.ts";

/** A module that is admitted, and what it is run with. Its mutants get the same. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly input: Uint8Array;
  readonly host: readonly HostCapability[];
  /** Whether its mutants' outputs can be compared with a run without the meter: a reactor alone, without floats. */
  readonly comparable: boolean;
}

const ROOT = new URL("../../../../", import.meta.url);

/** Every committed fetcher, and modules made to hold each construct that is admitted. */
export async function loadSeeds(): Promise<Seed[]> {
  return [...committed(), ...(await handmade())];
}

function committed(): Seed[] {
  const input = encodeObserveInput({ feed: "F", time: 1, params: {} }, [
    answer("gemini", { last: "1.5" }),
    answer("bitstamp", { last: "2.5" }),
  ]);
  const files = globSync("fetchers/*/build/*.wasm", { cwd: ROOT }).sort();
  return files.map((file) => ({
    ...{ name: path.basename(file, ".wasm"), bytes: readFileSync(new URL(file, ROOT)), input },
    ...{ host: HOST_CAPABILITIES, comparable: path.basename(file) === "ticker-median.wasm" },
  }));
}

async function handmade(): Promise<Seed[]> {
  const [input, none] = [new Uint8Array(Buffer.from("12345678")), [] as const];
  return [
    { name: "every construct", bytes: await everyConstruct(), input, host: none, comparable: true },
    { name: "floats", bytes: await floats(), input, host: none, comparable: false },
    { name: "a WASI program", bytes: await echo(), input, host: none, comparable: false },
    { name: "host functions", bytes: await hostFunctions(), input, host: HOST_CAPABILITIES, comparable: false },
  ];
}

/** Answers the sum of its input's bytes as eight bytes below 0x80, on detours through whatever WebAssembly has. */
function everyConstruct(): Promise<Uint8Array> {
  return reactor({
    memory: "1 3",
    observe: `(local $sum i64) (local $i i32)
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $i) (local.get $length)))
          (local.set $sum (call_indirect (type $add) (local.get $sum)
            (i64.load8_u (i32.add (local.get $at) (local.get $i)))
            (i32.and (local.get $i) (i32.const 1))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
      (drop (memory.grow (i32.const 1)))
      (memory.init $text (i32.const 2048) (i32.const 0) (i32.const 8))
      (data.drop $text)
      (memory.copy (i32.const 2100) (i32.const 2048) (i32.const 8))
      (memory.fill (i32.const 2048) (i32.const 65) (i32.const 4))
      (block $two (block $one (block $zero
        (br_table $zero $one $two (i32.wrap_i64 (i64.and (local.get $sum) (i64.const 3)))))
        (global.set $g (i32.const 7)) (br $two))
        (global.set $g (i32.extend8_s (i32.const 200))))
      (call $pair (i32.const 1)) (drop) (drop)
      (i64.store (i32.const 2056) (i64.and (local.get $sum) (i64.const 0x7f7f7f7f7f7f7f7f)))
      (if (i64.eqz (local.get $sum)) (then unreachable) (else (nop)))
      (return (i64.const ${(2048n << 32n) | 16n}))`,
    more: `(type $add (func (param i64 i64) (result i64)))
      (table 2 4 funcref) (elem (i32.const 0) $plus $minus)
      (global $g (mut i32) (i32.const 5)) (global $c i64 (i64.const -1))
      (data $text "abcdefgh") (data (i32.const 100) "static")
      (func $plus (type $add) (i64.add (local.get 0) (local.get 1)))
      (func $minus (type $add) (i64.rotl (i64.xor (local.get 0) (local.get 1)) (i64.const 3)))
      (func $pair (param i32) (result i32 i32) (local.get 0)
        (block (param i32) (result i32 i32) (i32.const 2)))
      (func $init (global.set $g (i32.popcnt (i32.const 255)))) (start $init)`,
  });
}

function floats(): Promise<Uint8Array> {
  return reactor({
    observe: `(local $x f64) (local $y f32)
      (local.set $x (f64.sqrt (f64.convert_i32_s (i32.sub (local.get $length) (i32.const 100)))))
      (local.set $y (f32.div (f32.demote_f64 (local.get $x)) (f32.const 0)))
      (f64.store (i32.const 2048) (f64.min (local.get $x) (f64.promote_f32 (local.get $y))))
      (i64.store (i32.const 2056) (i64.trunc_sat_f64_s (f64.mul (local.get $x) (f64.const 1e300))))
      (i32.store8 (i32.const 2048) (i32.reinterpret_f32 (f32.copysign (local.get $y) (f32.const -1))))
      (return (i64.const ${(2056n << 32n) | 4n}))`,
  });
}

function echo(): Promise<Uint8Array> {
  return command({
    imports: ["fd_read", "fd_write", "args_get", "random_get", "proc_exit"],
    start: `
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 512))
      (drop (call $args_get (i32.const 64) (i32.const 96)))
      (drop (call $random_get (i32.const 200) (i32.const 16)))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
      (call $proc_exit (i32.const 0))`,
  });
}

function hostFunctions(): Promise<Uint8Array> {
  return reactor({
    imports: `(import "quorate" "log" (func $log (param i32 i32 i32)))
      (import "quorate" "counter_add" (func $count (param i32 i32 i32 i32 i64)))
      (import "quorate" "gauge_set" (func $gauge (param i32 i32 i32 i32 f64)))
      (import "quorate" "storage_get" (func $get (param i32 i32 i32 i32) (result i32)))
      (import "quorate" "storage_set" (func $set (param i32 i32 i32 i32) (result i32)))
      (import "quorate" "storage_delete" (func $delete (param i32 i32) (result i32)))`,
    observe: `
      (call $log (i32.const 1) (local.get $at) (local.get $length))
      (call $count (i32.const 100) (i32.const 5) (i32.const 106) (i32.const 2) (i64.const 1))
      (call $gauge (i32.const 100) (i32.const 5) (i32.const 0) (i32.const 0) (f64.const 1))
      (drop (call $set (i32.const 106) (i32.const 2) (local.get $at) (local.get $length)))
      (drop (call $get (i32.const 106) (i32.const 2) (i32.const 4096) (i32.const 64)))
      (drop (call $delete (i32.const 100) (i32.const 3)))`,
    more: '(data (i32.const 100) "ticks-ab")',
  });
}
