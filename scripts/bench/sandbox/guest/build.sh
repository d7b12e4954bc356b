#!/bin/sh
# Builds both modules with Debian's clang-19 and lld-19: sh scripts/bench/sandbox/guest/build.sh
set -eu
cd "$(dirname "$0")"
flags="--target=wasm32 -O2 -nostdlib -fuse-ld=lld -mbulk-memory -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=8192"
clang-19 $flags -o last-price.wasm last-price.c
clang-19 $flags -DEXTISM -o last-price-extism.wasm last-price.c
