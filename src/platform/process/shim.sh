#!/bin/sh
# shim.sh DIR BINARY [ARG...]: runs an engine that no other process need outlive. Builtins only. The outer shell keeps `out`
# and `err`, and writes `exit` at the end; the inner one, a fork of it (exec of a second shell costs as much as all the rest),
# writes `pid` (boot id, pid, start time, the outer's pid) and becomes the engine, which starts only after a whole line, and
# not where a newcomer laid `void` (process-evidence.ts). It runs in the foreground: after `&` it would ignore SIGINT. In it
# `$$` is still the outer's pid; its own is the first word of its /proc/self/stat. The braces make sh read all of this before
# it runs any of it. Of an apply `exit` lies there already, blank, and is written over in place (`<>` cuts nothing off), which a
# full disk does not hinder; where the file system needs room even for that, the shim waits for it.
{
  dir=$1
  (
    at() { shift 19; start=$1; }
    read -r boot </proc/sys/kernel/random/boot_id && read -r stat </proc/self/stat && at ${stat##*) } || exit 125
    set -C && echo "$boot ${stat%% *} $start $$" >"$dir/pid" && [ ! -e "$dir/void" ] || exit 125
    shift && unset PWD OLDPWD SHLVL && exec "$@"
  ) </dev/null >"$dir/out" 2>"$dir/err"
  code=$?
  until echo "$code" 1<>"$dir/exit" || [ "$code" = 125 ] || [ ! -s "$dir/exit" ]; do sleep 1 || exit 1; done
  exit 0
}
