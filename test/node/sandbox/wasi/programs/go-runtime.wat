;; What a program does that Go compiles with GOOS=wasip1: it imports what Go's runtime, syscall and os packages import, some
;; of it twice, and calls it as they do at start (src/runtime/os_wasip1.go, lock_wasip1.go, netpoll_wasip1.go,
;; src/syscall/fs_wasip1.go). Then it reads stdin and answers argv[1], a space and what it read.
;; An answer that Go would throw or panic on ends it with the number of the check as exit code.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $runtime.sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $runtime.exit (param i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $runtime.args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $runtime.args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $runtime.clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $runtime.environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $runtime.environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $runtime.fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $runtime.random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $runtime.poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $syscall.fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $syscall.fd_filestat_set_size (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func $syscall.fd_pread (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $syscall.fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $syscall.fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $syscall.fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $syscall.fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_rights" (func $syscall.fd_fdstat_set_rights (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $syscall.fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $syscall.fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_sync" (func $syscall.fd_sync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $syscall.path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $syscall.path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $syscall.path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $syscall.path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink" (func $syscall.path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $syscall.path_remove_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $syscall.path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $syscall.path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $syscall.path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $syscall.path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $syscall.random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $syscall.fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $syscall.fd_fdstat_set_flags (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $syscall.fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $syscall.fd_prestat_dir_name (param i32 i32 i32) (result i32)))

  (memory (export "memory") 4)
  ;; 0: results of calls · 256: records · 1024: argv · 2048: names · 4096: buffers · 65536: stdin
  (data (i32.const 2048) "params.json")
  (data (i32.const 2064) "new")
  (data (i32.const 2080) " ")

  (func $expect (param $check i32) (param $got i32) (param $wanted i32)
    (if (i32.ne (local.get $got) (local.get $wanted)) (then (call $runtime.exit (local.get $check)))))
  (func $true (param $check i32) (param $holds i32)
    (if (i32.eqz (local.get $holds)) (then (call $runtime.exit (local.get $check)))))

  (func $nanotime (result i64)
    (call $expect (i32.const 1) (call $runtime.clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const 0))
    (i64.load (i32.const 0)))

  (func $walltime (result i64)
    (call $expect (i32.const 2) (call $runtime.clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)) (i32.const 0))
    (i64.load (i32.const 0)))

  ;; runtime.goenvs, schedinit's seed, main's runtimeInitTime
  (func $schedinit
    (call $expect (i32.const 10) (call $runtime.args_sizes_get (i32.const 0) (i32.const 4)) (i32.const 0))
    (call $expect (i32.const 11) (i32.load (i32.const 0)) (i32.const 2))
    (call $expect (i32.const 12) (call $runtime.args_get (i32.const 1024) (i32.const 1040)) (i32.const 0))
    (call $expect (i32.const 13) (call $runtime.environ_sizes_get (i32.const 0) (i32.const 4)) (i32.const 0))
    (call $expect (i32.const 14) (i32.load (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 15) (call $runtime.environ_get (i32.const 0) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 16) (call $runtime.random_get (i32.const 256) (i32.const 32)) (i32.const 0))
    ;; "nanotime returning zero"
    (call $true (i32.const 17) (i64.ne (call $nanotime) (i64.const 0)))
    (call $true (i32.const 18) (i64.gt_u (call $walltime) (i64.const 1000000000000000000))))

  ;; syscall's init: stdio is made non-blocking, then os.NewFile asks whether it is
  (func $nonblocking (param $fd i32)
    (call $expect (i32.const 20) (call $syscall.fd_fdstat_get (local.get $fd) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 21)
      (call $syscall.fd_fdstat_set_flags (local.get $fd) (i32.or (i32.load16_u (i32.const 258)) (i32.const 4))) (i32.const 0))
    (call $expect (i32.const 22) (call $syscall.fd_fdstat_get (local.get $fd) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 23) (i32.load16_u (i32.const 258)) (i32.const 4)))

  ;; syscall's init: folders are looked for until EBADF; one there is here, /data
  (func $preopens
    (call $expect (i32.const 30) (call $syscall.fd_prestat_get (i32.const 3) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 31) (i32.load8_u (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 32) (i32.load (i32.const 260)) (i32.const 5))
    (call $expect (i32.const 33) (call $syscall.fd_prestat_dir_name (i32.const 3) (i32.const 264) (i32.const 5)) (i32.const 0))
    (call $expect (i32.const 34) (i32.load (i32.const 264)) (i32.const 0x7461642f))
    (call $expect (i32.const 35) (call $syscall.fd_prestat_get (i32.const 4) (i32.const 256)) (i32.const 8)))

  ;; runtime.usleep(20), and runtime.notetsleepg for 5 ms, which yields until its deadline has passed
  (func $sleep (local $deadline i64)
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 48))
    (i32.store (i32.const 272) (i32.const 1))
    (i64.store (i32.const 280) (i64.const 20000))
    (i64.store (i32.const 288) (i64.const 1000))
    (local.set $deadline (i64.add (call $nanotime) (i64.const 20000)))
    (call $expect (i32.const 40) (call $runtime.poll_oneoff (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 0)) (i32.const 0))
    (call $true (i32.const 41) (i64.ge_u (call $nanotime) (local.get $deadline)))
    (local.set $deadline (i64.add (call $nanotime) (i64.const 5000000)))
    (loop $note
      (call $expect (i32.const 42) (call $runtime.sched_yield) (i32.const 0))
      (br_if $note (i64.lt_u (call $nanotime) (local.get $deadline)))))

  ;; runtime.netpoll: the timer first, then stdin, which is ready
  (func $netpoll
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 96))
    (i32.store (i32.const 272) (i32.const 1))
    (i64.store (i32.const 280) (i64.const 1000000000))
    (i64.store (i32.const 304) (i64.const 0x1122334455667788))
    (i32.store8 (i32.const 312) (i32.const 1))
    (i32.store (i32.const 320) (i32.const 0))
    (call $expect (i32.const 50) (call $runtime.poll_oneoff (i32.const 256) (i32.const 512) (i32.const 2) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 51) (i32.load (i32.const 0)) (i32.const 1))
    (call $true (i32.const 52) (i64.eq (i64.load (i32.const 512)) (i64.const 0x1122334455667788)))
    (call $expect (i32.const 53) (i32.load16_u (i32.const 520)) (i32.const 0))
    (call $expect (i32.const 54) (i32.load8_u (i32.const 522)) (i32.const 1)))

  ;; os.ReadFile("/data/params.json"), os.ReadDir and os.Stat
  (func $files (local $fd i32)
    ;; rights: all that files have but writing, as syscall.openat asks for O_RDONLY
    (call $expect (i32.const 60)
      (call $syscall.path_open (i32.const 3) (i32.const 1) (i32.const 2048) (i32.const 11) (i32.const 0)
        (i64.const 0x0ff7febe) (i64.const 0x0fffffff) (i32.const 0) (i32.const 0)) (i32.const 0))
    (local.set $fd (i32.load (i32.const 0)))
    (call $expect (i32.const 61) (call $syscall.fd_fdstat_get (local.get $fd) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 62) (i32.load8_u (i32.const 256)) (i32.const 4))
    (call $expect (i32.const 88)
      (call $syscall.fd_fdstat_set_rights (local.get $fd) (i64.load (i32.const 264)) (i64.load (i32.const 272))) (i32.const 0))
    (call $expect (i32.const 63) (call $syscall.fd_filestat_get (local.get $fd) (i32.const 256)) (i32.const 0))
    (call $true (i32.const 64) (i64.eq (i64.load (i32.const 288)) (i64.const 2)))
    (i64.store (i32.const 16) (i64.const 0x1000001000)) ;; 16 bytes at 4096
    (call $expect (i32.const 65) (call $syscall.fd_read (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 66) (i32.load (i32.const 0)) (i32.const 2))
    (call $expect (i32.const 67) (call $syscall.fd_pread (local.get $fd) (i32.const 16) (i32.const 1) (i64.const 1) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 68) (i32.load (i32.const 0)) (i32.const 1))
    (call $expect (i32.const 69) (call $syscall.fd_seek (local.get $fd) (i64.const 0) (i32.const 2) (i32.const 0)) (i32.const 0))
    (call $true (i32.const 70) (i64.eq (i64.load (i32.const 0)) (i64.const 2)))
    (call $expect (i32.const 71) (call $syscall.fd_sync (local.get $fd)) (i32.const 0))
    (call $expect (i32.const 72) (call $syscall.fd_pwrite (local.get $fd) (i32.const 16) (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const 76))
    (call $expect (i32.const 73) (call $syscall.fd_filestat_set_size (local.get $fd) (i64.const 0)) (i32.const 76))
    (call $expect (i32.const 74) (call $syscall.fd_close (local.get $fd)) (i32.const 0))
    (call $expect (i32.const 75) (call $syscall.path_filestat_get (i32.const 3) (i32.const 1) (i32.const 2048) (i32.const 11) (i32.const 256)) (i32.const 0))
    (call $expect (i32.const 76) (call $syscall.path_filestat_get (i32.const 3) (i32.const 1) (i32.const 2064) (i32.const 3) (i32.const 256)) (i32.const 44))
    (call $expect (i32.const 77) (call $syscall.fd_readdir (i32.const 3) (i32.const 4096) (i32.const 8192) (i64.const 0) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 78) (i32.load (i32.const 0)) (i32.const 86)) ;; "." ".." "params.json": 3 · 24 + 14
    (call $expect (i32.const 79) (call $syscall.path_readlink (i32.const 3) (i32.const 2048) (i32.const 11) (i32.const 4096) (i32.const 64) (i32.const 0)) (i32.const 28)))

  ;; os.Mkdir and the like: syscall.EROFS
  (func $changes
    (call $expect (i32.const 80) (call $syscall.path_create_directory (i32.const 3) (i32.const 2064) (i32.const 3)) (i32.const 69))
    (call $expect (i32.const 81) (call $syscall.path_remove_directory (i32.const 3) (i32.const 2064) (i32.const 3)) (i32.const 69))
    (call $expect (i32.const 82) (call $syscall.path_unlink_file (i32.const 3) (i32.const 2048) (i32.const 11)) (i32.const 69))
    (call $expect (i32.const 83) (call $syscall.path_rename (i32.const 3) (i32.const 2048) (i32.const 11) (i32.const 3) (i32.const 2064) (i32.const 3)) (i32.const 69))
    (call $expect (i32.const 84) (call $syscall.path_link (i32.const 3) (i32.const 0) (i32.const 2048) (i32.const 11) (i32.const 3) (i32.const 2064) (i32.const 3)) (i32.const 69))
    (call $expect (i32.const 85) (call $syscall.path_symlink (i32.const 2048) (i32.const 11) (i32.const 3) (i32.const 2064) (i32.const 3)) (i32.const 69))
    (call $expect (i32.const 86) (call $syscall.path_filestat_set_times (i32.const 3) (i32.const 1) (i32.const 2048) (i32.const 11) (i64.const 0) (i64.const 0) (i32.const 1)) (i32.const 69))
    (call $expect (i32.const 87) (call $syscall.random_get (i32.const 4096) (i32.const 16)) (i32.const 0)))

  (func $write (param $from i32) (param $length i32)
    (i32.store (i32.const 16) (local.get $from))
    (i32.store (i32.const 20) (local.get $length))
    (call $expect (i32.const 90) (call $syscall.fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0))
    (call $expect (i32.const 91) (i32.load (i32.const 0)) (local.get $length)))

  ;; io.Copy(os.Stdout, os.Stdin)
  (func $answer (local $end i32)
    (i32.store (i32.const 16) (i32.const 65536))
    (i32.store (i32.const 20) (i32.const 512))
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
        (call $expect (i32.const 92) (call $syscall.fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0))
        (br_if $done (i32.eqz (i32.load (i32.const 0))))
        (call $write (i32.const 65536) (i32.load (i32.const 0)))
        (br $more))))

  ;; print to stderr as runtime.write1 does
  (func $println
    (i32.store (i32.const 16) (i32.const 2048))
    (i32.store (i32.const 20) (i32.const 11))
    (call $expect (i32.const 93) (call $runtime.fd_write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 0)) (i32.const 0)))

  (func (export "_start")
    (call $schedinit)
    (call $nonblocking (i32.const 0))
    (call $nonblocking (i32.const 1))
    (call $nonblocking (i32.const 2))
    (call $preopens)
    (call $sleep)
    (call $netpoll)
    (call $files)
    (call $changes)
    (call $println)
    (call $answer)
    (call $runtime.exit (i32.const 0))
    unreachable))
