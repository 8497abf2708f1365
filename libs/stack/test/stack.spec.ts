import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, type Program, query, spawnProgram } from '#libs/testing';
import { findStack, StackError, startStack } from '../src/index.js';

const settings = { fsync: 'off' };
const program = new URL('hold-stack.program.ts', import.meta.url);
const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
const programs: Program[] = [];

function newFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'cuvee-stack-'));
  folders.push(folder);
  // What a user's project folder looks like, and not the closed one of mkdtemp.
  chmodSync(folder, 0o755);
  return join(folder, '.cuvee');
}

function hold(folder: string): Program {
  const held = spawnProgram(program, [folder]);
  programs.push(held);
  return held;
}

const serverPid = (folder: string) =>
  Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

afterEach(async () => {
  await Promise.all(programs.splice(0).map((held) => held.end('SIGKILL')));
  for (const folder of folders.splice(0)) {
    const home = join(folder, '.cuvee');
    if (existsSync(join(home, 'postgres', 'postmaster.pid'))) {
      const pid = serverPid(home);
      if (pid !== process.pid && isAlive(pid)) process.kill(pid, 'SIGQUIT');
      await eventually(() => pid === process.pid || !isAlive(pid));
    }
    if (existsSync(join(home, 'postgres')) && lstatSync(join(home, 'postgres')).isSymbolicLink()) {
      rmSync(realpathSync(join(home, 'postgres')), {
        recursive: true,
      });
    }
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the embedded stack', () => {
  it('starts on a new folder, keeps its data over a restart, and is found while it runs', async () => {
    const folder = newFolder();
    expect(await findStack(folder)).toBeNull();
    const said: string[] = [];
    const first = await startStack({ folder, settings, log: (message) => said.push(message) });
    expect(said.join('\n')).toMatch(/making the database.*\n.*migrations applied.*\n.*listens on 127\.0\.0\.1:\d+/);
    expect(await findStack(folder)).toEqual({ databaseUrl: first.databaseUrl });
    expect(statSync(join(folder, 'stack.json')).mode & 0o777).toBe(0o600);
    await query(first.databaseUrl, "INSERT INTO idempotency_keys VALUES ('r', 'k', 'h', 'kept')");
    const ours = serverPid(folder);
    await first.stop();
    expect(isAlive(ours)).toBe(false);
    expect(await findStack(folder)).toBeNull();

    const second = await startStack({ folder, settings });
    expect(await query(second.databaseUrl, 'SELECT resource_id FROM idempotency_keys')).toEqual([
      { resource_id: 'kept' },
    ]);
    await second.stop();
  });

  it('listens on loopback alone, asks for its password, and has a session of its own', async () => {
    const folder = newFolder();
    const stack = await startStack({ folder, settings });
    const shown = await query(stack.databaseUrl, 'SELECT name, setting FROM pg_settings');
    const setting = (name: string) => shown.find((row) => row.name === name)?.setting;
    expect(setting('listen_addresses')).toBe('127.0.0.1');
    expect(setting('unix_socket_directories')).toBe('');
    expect(setting('password_encryption')).toBe('scram-sha-256');
    const url = new URL(stack.databaseUrl);
    expect(url.password.length).toBeGreaterThanOrEqual(32);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    const session = (pid: number) => execFileSync('ps', ['-o', 'sid=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    expect(session(serverPid(folder))).not.toBe(session(process.pid));
    await stack.stop();
  });

  it('refuses a folder that another process looks after, naming that process', async () => {
    const folder = newFolder();
    const other = hold(folder);
    await other.line('url ');
    const refusal = await startStack({ folder, settings }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StackError);
    expect(refusal).toMatchObject({ code: 'in-use', message: expect.stringContaining(`process ${other.child.pid}`) });
    expect(await findStack(folder)).not.toBeNull();
    expect(await other.end('SIGTERM')).toBe(0);
    expect(await findStack(folder)).toBeNull();
  });

  it('started twice at the same moment on a new folder serves one and refuses the other', async () => {
    const folder = newFolder();
    const both = [hold(folder), hold(folder)];
    const said = await Promise.all(both.map((one) => Promise.any([one.line('url '), one.line('error ')])));
    expect(said.filter((line) => line.startsWith('url '))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith('error in-use'))).toHaveLength(1);
  });

  it('adopts the server of a killed process', async () => {
    const folder = newFolder();
    const killed = hold(folder);
    const databaseUrl = (await killed.line('url ')).slice(4);
    const pid = serverPid(folder);
    await killed.end('SIGKILL');
    expect(isAlive(pid)).toBe(true);
    expect(await findStack(folder)).toEqual({ databaseUrl });
    const stack = await startStack({ folder, settings });
    expect(serverPid(folder)).toBe(pid);
    await stack.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('starts after process and server were both killed, although their marks are still there', async () => {
    const folder = newFolder();
    const killed = hold(folder);
    const databaseUrl = (await killed.line('url ')).slice(4);
    await query(databaseUrl, "INSERT INTO idempotency_keys VALUES ('r', 'k', 'h', 'kept')");
    const pid = serverPid(folder);
    await killed.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid));
    expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(true);
    expect(await findStack(folder)).toBeNull();
    const stack = await startStack({ folder, settings });
    expect(await query(stack.databaseUrl, 'SELECT resource_id FROM idempotency_keys')).toHaveLength(1);
    await stack.stop();
  });

  it('starts although the pid file names a living process which is no server', async () => {
    const folder = newFolder();
    await (await startStack({ folder, settings })).stop();
    const lines = [process.pid, join(folder, 'postgres'), 1_700_000_000, 5432, '', '127.0.0.1', '1 1', 'ready'];
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`);
    const stack = await startStack({ folder, settings });
    expect(serverPid(folder)).not.toBe(process.pid);
    await stack.stop();
  });

  it('starts anew when it was killed while it made its data folder, and removes the remains', async () => {
    const folder = newFolder();
    const killed = hold(folder);
    const remains = () => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.includes('unfinished'));
    await eventually(() => remains().some((name) => existsSync(join(folder, name, 'base'))));
    await killed.end('SIGKILL');
    expect(remains()).not.toEqual([]);
    const stack = await startStack({ folder, settings });
    expect(remains()).toEqual([]);
    await stack.stop();
  });

  it('says what is wrong when a server does not start, with the end of its log', async () => {
    const folder = newFolder();
    const failure = await startStack({ folder, settings: { shared_buffers: 'much' } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'start', message: expect.stringContaining('shared_buffers') });
  });

  it.runIf(isRoot)('keeps its data outside a folder of root which the server may not enter', async () => {
    const folder = newFolder('/root');
    chmodSync(join(folder, '..'), 0o700);
    const stack = await startStack({ folder, settings });
    await query(stack.databaseUrl, "INSERT INTO idempotency_keys VALUES ('r', 'k', 'h', 'kept')");
    expect(lstatSync(join(folder, 'postgres')).isSymbolicLink()).toBe(true);
    expect(statSync(join(folder, 'postgres')).uid).not.toBe(0);
    await stack.stop();
    const again = await startStack({ folder, settings });
    expect(await query(again.databaseUrl, 'SELECT resource_id FROM idempotency_keys')).toHaveLength(1);
    await again.stop();
  });

  it.runIf(isRoot)('serves an ordinary user, and root afterwards, as that user', async () => {
    const folder = newFolder();
    const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
    mkdirSync(folder);
    chownSync(folder, nobody, nobody);
    const users = spawnProgram(program, [folder], { HOME: '/tmp' }, { uid: nobody, gid: nobody });
    programs.push(users);
    await users.line('url ');
    expect(statSync(join(folder, 'postgres')).uid).toBe(nobody);
    expect(await users.end('SIGTERM')).toBe(0);
    const stack = await startStack({ folder, settings });
    const owner = execFileSync('ps', ['-o', 'uid=', '-p', String(serverPid(folder))], { encoding: 'utf8' });
    expect(Number(owner)).toBe(nobody);
    await stack.stop();
  });
});
