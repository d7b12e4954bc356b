;; What a program does that TinyGo compiles for wasip1: TinyGo's runtime (src/runtime/runtime_wasip1.go) over wasi-libc. It
;; imports what these two import and calls it as they do at start, then reads stdin and answers argv[1], a space and what it
;; read. Its only clock is the real-time one, for time and for sleep. Exit code: the number of the check that failed.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $runtime.fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $runtime.clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $runtime.args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $runtime.args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $runtime.poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $runtime.proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $libc.environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $libc.environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $libc.fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $libc.fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $libc.fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $libc.fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $libc.fd_prestat_dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $libc.fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $libc.fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $libc.path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $libc.random_get (param i32 i32) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 2048) "params.json")
  (data (i32.const 2080) " ")

  (func $expect (param $check i32) (param $got i32) (param $wanted i32)
    (if (i32.ne (local.get $got) (local.get $wanted)) (then (call $runtime.proc_exit (local.get $check)))))

  (func $ticks (result i64)
    (call $expect (i32.const 1) (call $runtime.clock_time_get (i32.const 0) (i64.const 1000) (i32.const 0)) (i32.const 0))
    (i64.load (i32.const 0)))

  ;; __wasm_call_ctors: environment and preopened folders; arc4random's seed
  (func $constructors
    (call $expect (i32.const 10) (call $libc.environ_sizes_get (i32.const 0) (i32.const 4)) (i32.const 0))
    (call $expect (i32.const 11) (call $libc.environ_get (i32.const 256) (i32.const 512)) (i32.const 0))
    (call $expect (i32.const 12) (call $libc.fd_prestat_get (i32.const 3) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 13) (call $libc.fd_prestat_dir_name (i32.const 3) (i32.const 512) (i32.load (i32.const 260))) (i32.const 0))
    (call $expect (i32.const 14) (call $libc.fd_prestat_get (i32.const 4) (i32.const 256)) (i32.const 8))
    (call $expect (i32.const 15) (call $libc.random_get (i32.const 256) (i32.const 40)) (i32.const 0)))

  ;; runtime.sleepTicks of one second against the clock 0
  (func $sleep (local $before i64)
    (local.set $before (call $ticks))
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 48))
    (i64.store (i32.const 280) (i64.const 1000000000))
    (i64.store (i32.const 288) (i64.const 1000))
    (call $expect (i32.const 20) (call $runtime.poll_oneoff (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 21) (i64.eq (i64.sub (call $ticks) (local.get $before)) (i64.const 1000000000)) (i32.const 1)))

  ;; os.ReadFile: libc's open reads the folder's rights first
  (func $file (local $fd i32)
    (call $expect (i32.const 30) (call $libc.fd_fdstat_get (i32.const 3) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 31)
      (call $libc.path_open (i32.const 3) (i32.const 1) (i32.const 2048) (i32.const 11) (i32.const 0)
        (i64.and (i64.load (i32.const 272)) (i64.const 0x1fbffebe)) (i64.load (i32.const 272)) (i32.const 0) (i32.const 0)) (i32.const 0))
    (local.set $fd (i32.load (i32.const 0)))
    (call $expect (i32.const 32) (call $libc.fd_filestat_get (local.get $fd) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 33) (call $libc.fd_seek (local.get $fd) (i64.const 1) (i32.const 0) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 34) (call $libc.fd_close (local.get $fd)) (i32.const 0)))

  (func $write (param $from i32) (param $length i32)
    (i32.store (i32.const 16) (local.get $from))
    (i32.store (i32.const 20) (local.get $length))
    (call $expect (i32.const 40) (call $runtime.fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0)))

  (func $answer (local $end i32)
    (call $expect (i32.const 50) (call $runtime.args_sizes_get (i32.const 0) (i32.const 4)) (i32.const 0))
    (call $expect (i32.const 51) (call $runtime.args_get (i32.const 1024) (i32.const 1040)) (i32.const 0))
    (local.set $end (i32.load (i32.const 1028)))
    (loop $next
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $end))))
    (call $write (i32.load (i32.const 1028)) (i32.sub (local.get $end) (i32.load (i32.const 1028))))
    (call $write (i32.const 2080) (i32.const 1))
    (block $done
      (loop $more
        (i32.store (i32.const 16) (i32.const 65536))
        (i32.store (i32.const 20) (i32.const 512))
        (call $expect (i32.const 52) (call $libc.fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0))
        (br_if $done (i32.eqz (i32.load (i32.const 0))))
        (call $write (i32.const 65536) (i32.load (i32.const 0)))
        (br $more))))

  ;; TinyGo's _start returns where main returns
  (func (export "_start")
    (call $constructors)
    (call $sleep)
    (call $file)
    (call $answer)))
