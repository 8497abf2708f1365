// Stands between a worker and a trainer's program, so that no program outlives its worker and keeps a GPU for nobody.
// It leads the process group; its standard input is a pipe which the worker holds open: the end of that pipe means that
// the worker died, however it died. It then tells the program so in both ways (SIGTERM, the end of its input: one that
// started a job elsewhere can cancel it), and kills all that is left of the run, itself included. While the worker
// lives, the worker signals the whole group itself. Exit codes: the program's own, 128 + n after signal n, 127 when it
// could not be started.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type GuardCall, guardVariable } from './guard-call.js';
import { endProcessesOf } from './run-processes.js';

const { command, environment, workingDirectory, runFolder, killSeconds }: GuardCall = JSON.parse(
  process.env[guardVariable] ?? '',
);
// Meant for the program: the guard stays to see it end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const [program, ...args] = command;
const child = spawn(program, args, {
  cwd: workingDirectory,
  env: environment,
  stdio: ['pipe', 'inherit', 'inherit'],
  shell: false,
  windowsHide: true,
});
let orphaned = false;
child.stdin.on('error', () => {});
child.once('error', (error) => {
  process.stderr.write(`${program} could not be started: ${error.message}\n`);
  process.exitCode = 127;
  process.stdin.destroy();
});
child.once('exit', (code, signal) => {
  if (orphaned) endAll();
  else process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
});
process.stdin.once('end', onWorkerGone).once('error', onWorkerGone).resume();

function onWorkerGone(): void {
  if (orphaned) return;
  orphaned = true;
  child.stdin.destroy();
  setTimeout(endAll, killSeconds * 1000);
  signalGroup('SIGTERM');
}

function endAll(): void {
  void endProcessesOf(runFolder).finally(() => signalGroup('SIGKILL'));
}

/** The guard's own group. */
function signalGroup(signal: NodeJS.Signals): void {
  if (process.platform === 'win32') child.kill(signal);
  else process.kill(-process.pid, signal);
  if (process.platform === 'win32' && signal === 'SIGKILL') process.exit(1);
}
