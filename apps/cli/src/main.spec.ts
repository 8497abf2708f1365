import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { runMain } from '../test/run-main.js';
import { commands } from './commands.js';

describe('the command line', () => {
  it('lists every command in its help and exits with 0', async () => {
    const { code, stdout } = await runMain(['--help']);
    expect(code).toBe(0);
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('shows the same help for an empty command line', async () => {
    expect(await runMain([])).toEqual(await runMain(['--help']));
  });

  it('prints the version of package.json', async () => {
    expect((await runMain(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('suggests the command that was meant and exits with 2', async () => {
    const { code, stdout, stderr } = await runMain(['swep', 'list']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean sweep?');
    expect(stdout).toBe('');
  });

  it('exits with 2 for an unknown option, naming it', async () => {
    const { code, stderr } = await runMain(['sweep', 'list', '--watches']);
    expect(code).toBe(2);
    expect(stderr).toContain("'--watches'");
  });

  it('exits with 2 for a number that is none, naming the option and the interval', async () => {
    const { code, stderr } = await runMain(['up', '--port', '70000']);
    expect(code).toBe(2);
    expect(stderr).toBe('cuvee: --port must be a whole number in [0, 65535], got "70000"\n');
  });

  it('keeps to one line for an error, and adds the stack with CUVEE_DEBUG=1', async () => {
    const plain = await runMain(['sweep', 'create', '/no/such/file.json']);
    expect(plain.code).toBe(2);
    expect(plain.stderr).toMatch(/^cuvee: cannot read \/no\/such\/file\.json: [^\n]*\n$/);
    const debug = await runMain(['sweep', 'create', '/no/such/file.json'], { CUVEE_DEBUG: '1' });
    expect(debug.stderr).toMatch(/\n {4}at /);
  });

  it.each(commands)('finds the command "$name" behind its line in the list', async ({ name, load }) => {
    const program = new Command();
    (await load())(program);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
    expect(program.commands[0]?.description()).not.toBe('');
  });
});
