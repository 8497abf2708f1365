import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, withDatabase } from '#libs/testing';
import { type RunningApi, startApi } from '../src/main.js';

const database = withDatabase();
const running: RunningApi[] = [];
const processes: ChildProcess[] = [];

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map((api) => api.close()));
});

async function start(port = 0): Promise<RunningApi> {
  const api = await startApi({ port, databaseUrl: database.url, logLevel: 'silent' });
  running.push(api);
  return api;
}

function serve(environment: NodeJS.ProcessEnv): { child: ChildProcess; output: () => string; ended: Promise<number> } {
  const path = fileURLToPath(new URL('fixtures/serve.mjs', import.meta.url));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [path], { env: { PATH, HOME, ...environment } });
  processes.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? (signal ? -1 : 0))),
  );
  return { child, output: () => output, ended };
}

describe('the API with its queue in the database', () => {
  it('listens on a free port and is ready', async () => {
    const api = await start();
    let ready = await fetch(`${api.url}/health/ready`);
    // The first query loads the database client, which on a busy machine takes longer than a probe waits.
    for (let probe = 0; probe < 20 && ready.status === 503; probe += 1) ready = await fetch(`${api.url}/health/ready`);
    expect(await ready.json()).toEqual({ status: 'ready', checks: { database: 'ok', queue: 'ok' } });
  });

  it('refuses a port that is taken', async () => {
    const api = await start();
    await expect(start(Number(new URL(api.url).port))).rejects.toThrow(/EADDRINUSE/);
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
  });

  it('ends open event streams when it closes', async () => {
    const api = await start();
    const post = async (path: string, body: unknown) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      return (await (await fetch(api.url + path, init)).json()) as { id: string };
    };
    const domains = ['a', 'b'].map((name) => ({ name, source: `${name}.txt`, tokens: 1000 }));
    const corpus = await post('/v1/corpora', { name: 'two', domains });
    const sweep = await post('/v1/sweeps', { corpusId: corpus.id, strategy: { name: 'regmix', runs: 8 } });
    const stream = await fetch(`${api.url}/v1/sweeps/${sweep.id}/events`);
    const reading = stream.text();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await api.close();
    expect(await reading).toContain('event: state');
  });
});

describe('the API that closes', () => {
  it('ends a connection on which a worker goes on speaking', async () => {
    const api = await start();
    const { hostname, port } = new URL(api.url);
    const worker = connect(Number(port), hostname);
    const heartbeat = [
      'POST /v1/leases/run_a.1/heartbeat HTTP/1.1',
      'host: api',
      'content-type: application/json',
      'content-length: 2',
      '\r\n',
    ].join('\r\n');
    let heard = '';
    const ended = new Promise((resolve) => worker.once('end', resolve));
    worker.on('data', (chunk) => {
      heard += chunk;
      setTimeout(() => worker.write(`${heartbeat}{}`), 20);
    });
    // Half of a request, so that the connection is in use when the server stops listening.
    worker.write(heartbeat);
    await fetch(`${api.url}/health/live`);
    const closed = api.close();
    await eventually(() =>
      fetch(`${api.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    worker.write('{}');
    await Promise.all([ended, closed]);
    expect(heard.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(heard.toLowerCase()).toContain('connection: close');
  });
});

describe('the program', () => {
  it('ends with 2 and the name of the variable when the environment cannot be used', async () => {
    const { ended, output } = serve({ DATABASE_URL: database.url, CUVEE_PORT: 'many' });
    expect(await ended).toBe(2);
    expect(output()).toContain('CUVEE_PORT');
  });

  it('drains and ends with 0 on SIGTERM, and its log holds no password', async () => {
    const { child, ended, output } = serve({ DATABASE_URL: database.url, CUVEE_PORT: '0', CUVEE_LOG_LEVEL: 'trace' });
    const deadline = performance.now() + 30_000;
    while (!output().includes('the API listens') && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(output()).toContain('the API listens');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const { password } = new URL(database.url);
    if (password !== '') expect(output()).not.toContain(password);
    expect(output()).toContain('postgresql://***@');
  });
});
