import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withPlace } from './harness/bench-place.ts';
import { openChangeDetector } from './harness/change-detector.ts';
import { atLeast, type BenchOptions, type BenchRow, median, noted, valueAtMost } from './harness/report.ts';
import { makeWideRepository, stackText, type WideRepository } from './harness/wide-repository.ts';

const CALLERS = 13;

/**
 * B5: which stacks a push touches, against a spawned `git diff-tree` whose paths are looked up in a table of directories
 * (which knows no module): first the same question, asked of the graph there was, then all of it: what changed is read and
 * parsed, the graph brought up to date, every reason named. Pushes edit a stack's file, or a module that 13 call.
 */
export async function runB5({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  const rows: BenchRow[] = [];
  for (const count of isQuick ? [10, 200] : [10, 1000, 10_000]) {
    rows.push(...(await withPlace((dir) => measure(dir, { count, pushes: 12 * pairs, say }))));
  }
  return { rows };
}

async function measure(
  dir: string,
  { count, pushes, say }: { count: number; pushes: number; say: (line: string) => void },
): Promise<BenchRow[]> {
  const wide = makeWideRepository(join(dir, 'wide'), { stacks: count, callers: Math.min(CALLERS, count) });
  const detector = await openChangeDetector(wide.dir, dir);
  const memory = heapMiB();
  const cold = await timed(() => detector.detect(wide.head()));
  const held = heapMiB() - memory;
  const looks: number[] = [];
  const ours: number[] = [];
  const cpu: number[] = [];
  const spawned: number[] = [];
  try {
    // The first pushes warm up the machine code, of both alike.
    for (let push = -10; push < pushes; push++) {
      const base = wide.head();
      const { head, expected } = edit(wide, push + 10);
      const look = await detector.look(head);
      const found = await timed(() => detector.detect(head));
      const other = await timed(async () => diffAndMap(wide, base, head));
      if (found.value.join() !== expected.join()) throw new Error(`found ${found.value}, not ${expected}`);
      if (push < 0) continue;
      looks.push(look);
      // Its trees are at hand by now: what reading them took belongs to it.
      ours.push(look + found.ms);
      cpu.push(found.cpuMs);
      spawned.push(other.ms);
    }
  } finally {
    await detector.close();
  }
  say(
    `B5 ${count}: ${median(ours).toFixed(2)} ms, spawned ${median(spawned).toFixed(2)} ms, cold ${Math.round(cold.ms)} ms`,
  );
  const ratios = (values: readonly number[]) => median(spawned.map((ms, i) => ms / (values[i] ?? Number.NaN)));
  const what = `change detection at ${count} stacks, ms`;
  const baseline = median(spawned);
  const looked = { id: 'B5', what: `${what}: paths and their stacks`, value: median(looks), baseline };
  const whole = { id: 'B5', what: `${what}: and the new graph, with reasons`, value: median(ours), baseline };
  const like = count === 1000 ? atLeast(looked, ratios(looks), 10) : noted(looked, ratios(looks));
  const warm = count === 10 ? atLeast(whole, ratios(ours), 1) : noted(whole, ratios(ours));
  const own = { id: 'B5', what: `${what}: our own CPU`, value: median(cpu), baseline: null };
  if (count < 10_000) return [like, warm, noted(own)];
  return [
    like,
    warm,
    valueAtMost(own, 5, 'ms'),
    valueAtMost({ id: 'B5', what: `cold graph of ${count} stacks, s`, value: cold.ms / 1000 }, 8, 's'),
    valueAtMost({ id: 'B5', what: `memory of the graph of ${count} stacks, MiB`, value: held }, 150, 'MiB'),
  ];
}

function edit(wide: WideRepository, push: number): { head: string; expected: readonly string[] } {
  if (push % 2 === 1) return { head: wide.touchModule(), expected: wide.callers };
  const at = (push * 37 + 1) % wide.stacks.length;
  const stack = wide.stacks[at] ?? '';
  const text = `${stackText(at, wide.callers.includes(stack))}# ${push}\n`;
  return { head: wide.commit({ [`${stack}/main.tf`]: text }), expected: [stack] };
}

/** What a script would do: the paths of git, and for each the stack whose directory it lies in. */
function diffAndMap(wide: WideRepository, base: string, head: string): Set<string> {
  const args = ['diff-tree', '-r', '-z', '--name-only', base, head];
  const paths = execFileSync('git', args, { cwd: wide.dir, encoding: 'utf8' }).split('\0');
  const stacks = tableOf(wide);
  const found = new Set<string>();
  for (const path of paths) {
    for (let dir = path; dir.includes('/'); ) {
      dir = dir.slice(0, dir.lastIndexOf('/'));
      if (stacks.has(dir)) found.add(dir);
    }
  }
  return found;
}

const tables = new WeakMap<WideRepository, Set<string>>();

function tableOf(wide: WideRepository): Set<string> {
  const table = tables.get(wide) ?? new Set(wide.stacks);
  tables.set(wide, table);
  return table;
}

async function timed<T>(act: () => Promise<T>): Promise<{ value: T; ms: number; cpuMs: number }> {
  const from = performance.now();
  const before = process.cpuUsage();
  const value = await act();
  const { user, system } = process.cpuUsage(before);
  return { value, ms: performance.now() - from, cpuMs: (user + system) / 1000 };
}

/** What is alive after a collection. */
function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}
