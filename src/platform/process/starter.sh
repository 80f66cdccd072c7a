# Read once by `/bin/sh -s` (engine-starter.ts): a shim that stays and runs one engine after another, each in the foreground
# (after `&` it would ignore SIGINT). What it does for each is what shim.sh does; `own` is this shell's start time, which
# tells it from a later process with its pid. Builtins only, and its environment is empty.
at() { shift 19; start=$1; }
look() { read -r stat </proc/self/stat && at ${stat##*) }; }
# In the fork that becomes the engine: the whole line comes first, and where a newcomer laid `void`, nothing comes after it.
begin() {
  cd "$2" && look || exit 125
  set -C && echo "$boot ${stat%% *} $start $$ $own" >"$1/pid" && [ ! -e "$1/void" ] || exit 125
  unset PWD OLDPWD SHLVL
}
# Who cannot write how it ended has to end, too: its end is the proof that no more will be written.
over() { echo "$2" >"$1/exit" && echo "$2" || exit 1; }
read -r boot </proc/sys/kernel/random/boot_id && look && own=$start || exit 1
