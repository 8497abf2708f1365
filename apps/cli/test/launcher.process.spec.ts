import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../bin/cuvee.js', import.meta.url));

/** A project of its own with a builder that stands in for the real one, which other tests use at the same time. */
function project(builder: string): string {
  const root = mkdtempSync(join(tmpdir(), 'cuvee-launcher-'));
  mkdirSync(join(root, 'apps/cli/bin'), { recursive: true });
  mkdirSync(join(root, 'scripts'));
  cpSync(launcher, join(root, 'apps/cli/bin/cuvee.js'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'scripts/build.mjs'), builder);
  return root;
}

const run = (root: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(root, 'apps/cli/bin/cuvee.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

const builds = `
  import { mkdirSync, writeFileSync } from 'node:fs';
  const root = new URL('../', import.meta.url);
  mkdirSync(new URL('dist/apps/cli/src/', root), { recursive: true });
  writeFileSync(new URL('dist/apps/cli/src/main.js', root), "export async function main(args) { console.log(JSON.stringify(args)); return 2; }");
`;

describe('the launcher', () => {
  it('builds once where nothing was built, tells so on standard error alone, and passes on arguments and exit code', () => {
    const root = project(builds);
    const first = run(root, ['fit', '--json']);
    expect(first).toMatchObject({ status: 2, stdout: '["fit","--json"]\n' });
    expect(first.stderr).toMatch(/^cuvee: building once/);
    expect(run(root, ['fit'])).toMatchObject({ status: 2, stdout: '["fit"]\n', stderr: '' });
  });

  it('fails with the builder, and writes nothing to standard output', () => {
    const failed = run(project("process.stderr.write('tsc failed\\n'); process.exit(1);"), ['fit']);
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toContain('tsc failed');
  });

  it('ends quietly when the reader of a pipe leaves early', () => {
    const endless = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      const root = new URL('../', import.meta.url);
      mkdirSync(new URL('dist/apps/cli/src/', root), { recursive: true });
      writeFileSync(new URL('dist/apps/cli/src/main.js', root), "export async function main() { for (;;) { process.stdout.write('line '.repeat(1000)); await new Promise((resolve) => setTimeout(resolve, 1)); } }");
    `;
    const root = project(endless);
    const command = `"${process.execPath}" "${join(root, 'apps/cli/bin/cuvee.js')}" | head -c 5`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 20_000 });
    expect(stdout).toBe('line ');
    expect(stderr).toMatch(/^cuvee: building once[^\n]*\n$/);
  });

  it.each(['--version', '--help', 'fit --help', 'predict --help', 'propose --help', 'import --help', 'export --help'])(
    'loads nothing of the service for %s: that is what makes it start at once',
    (command) => {
      const root = fileURLToPath(new URL('../../..', import.meta.url));
      const { status, stderr } = run(root, command.split(' '), tellLoads);
      expect(status).toBe(0);
      const loaded = stderr.split('\n').filter((line) => line.startsWith('loaded file:'));
      expect(loaded.length).toBeGreaterThan(3);
      expect(
        loaded.filter((url) => /node_modules\/(@nestjs|bullmq|ioredis|@prisma|pg|@tensorflow)\//.test(url)),
      ).toEqual([]);
    },
  );
});

/** Node prints the address of every module it loads. */
const tellLoads = (() => {
  const hook = `export async function load(url, context, next) {
    process._rawDebug('loaded ' + url);
    return next(url, context);
  }`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  return { NODE_OPTIONS: `--import ${dataUrl(register)}` };
})();

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
