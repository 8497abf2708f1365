import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTrainerSchema, trainerMessageSchema } from '#libs/contracts';
import { ConfigurationError } from './configuration-error.js';
import { loadTrainers } from './load-trainers.js';
import { builtInTrainers, commandFor } from './trainer-manifest.js';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-trainers-'));
  file = join(folder, 'trainers.yaml');
  for (const name of ['python3', 'node', 'train']) writeFileSync(join(folder, name), '', { mode: 0o755 });
  writeFileSync(join(folder, 'plain'), '');
  chmodSync(join(folder, 'plain'), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string) {
  writeFileSync(file, yaml);
  return loadTrainers(file, `relative:${folder}`);
}

describe("a worker's trainers.yaml", () => {
  it('gives each name its program, found on PATH once, beside the built-in trainer', () => {
    const trainers = load('trainers: { mine: { command: [train, --flag], gpus: 2 } }');
    expect(trainers).toMatchObject({
      ...builtInTrainers,
      mine: { command: [join(folder, 'train'), '--flag'], gpus: 2, reports: 'stdout', wallTimeSeconds: 21_600 },
    });
  });

  it('limits the built-in trainer, and cannot replace its program', () => {
    expect(load('trainers: { transformer: { wallTimeSeconds: 5, gpus: 0 } }').transformer).toEqual({
      ...builtInTrainers.transformer,
      wallTimeSeconds: 5,
      gpus: 0,
    });
    expect(() => load('trainers: { transformer: { command: [train] } }')).toThrow(
      /trainer "transformer": Unrec.*command/,
    );
  });

  it('is what the annotated example shows', () => {
    const example = fileURLToPath(new URL('../../../examples/trainers/trainers.yaml', import.meta.url));
    const trainers = loadTrainers(example, folder);
    expect(Object.keys(trainers)).toEqual(['transformer', 'pytorch', 'slurm']);
    expect(trainers.slurm?.command).toContain('--');
  });

  it.each([
    ['trainers: { mine: { command: "train --flag" } }', 'trainer "mine", command: must be a list'],
    ['trainers: { mine: { command: [] } }', 'trainer "mine", command: '],
    ['trainers: { mine: { command: [absent] } }', 'command.0: "absent" must be the absolute path of a program'],
    ['trainers: { mine: { command: [plain] } }', 'command.0: "plain" must be the absolute path of a program'],
    ['trainers: { mine: { command: [./train] } }', 'command.0: "./train" must be the absolute path of a program'],
    [
      'trainers: { mine: { command: [train, "{run}"] } }',
      'command.1: may hold the placeholders {assignment} and {folder}',
    ],
    ['trainers: { mine: { command: [train], gpus: -1 } }', 'trainer "mine", gpus: '],
    ['trainers: { mine: { command: [train], shell: true } }', 'trainer "mine": Unrecognized key: "shell"'],
    ['trainers: { mine: { command: [train], environment: [DATABASE_URL] } }', 'environment.0: belongs to the worker'],
    ['trainers: { mine: { command: [train], set: { CUDA_VISIBLE_DEVICES: "0" } } }', 'set.CUDA_VISIBLE_DEVICES: '],
    ['trainers: { mine: { command: [train], reports: queue } }', 'trainer "mine", reports: '],
    ['trainers: { mine: { command: [train], workingDirectory: /nowhere } }', 'workingDirectory: "/nowhere" must be'],
    [
      'trainers: { mine: { command: [train], parameters: { a: { type: integer, default: 1.5 } } } }',
      'parameters.a.default',
    ],
    ['trainers: { Mine: { command: [train] } }', 'trainer "Mine": the name must be small letters'],
    ['trainers: [mine]', 'must hold "trainers:"'],
    ['trainers: { mine: { command: [train]', 'is not YAML'],
    ['{}', 'must hold "trainers:"'],
  ])('%s is refused: %s', (yaml, message) => {
    let thrown: unknown;
    try {
      load(yaml);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as Error).message).toContain(message);
    expect((thrown as Error).message).toContain(file);
  });

  it('names every fault at once', () => {
    const yaml = 'trainers: { a: { command: [absent], gpus: 0 }, b: { command: [train], gpus: many } }';
    expect(() => load(yaml)).toThrow(/trainer "a", command\.0.*\n.*trainer "b", gpus/);
  });
});

describe('the page on own trainers', () => {
  const page = readFileSync(new URL('../../../docs/how-do-i-use-my-own-trainer.md', import.meta.url), 'utf8');

  it('shows a manifest that a worker takes', () => {
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(Object.keys(load(yaml ?? ''))).toEqual(['transformer', 'pytorch']);
  });

  it('shows a trainer that a sweep may name', () => {
    const [, trainer] = /"trainer": (\{.*\})$/m.exec(page) ?? [];
    expect(commandTrainerSchema.parse(JSON.parse(trainer ?? '')).targets).toEqual(['hellaswag-bpb']);
  });

  it('shows messages of the protocol, all of them but the rare', () => {
    const messages = [...page.matchAll(/^\| `(\{"type".*\})` \|/gm)].map(([, json]) => JSON.parse(json ?? ''));
    const types = messages.map((message) => trainerMessageSchema.parse(message).type);
    const all = trainerMessageSchema.options.map((option) => option.shape.type.value);
    expect([...types, 'checkpoint-failed'].sort()).toEqual([...all].sort());
  });
});

describe('the command of a run', () => {
  const run = { assignmentPath: '/w/run-1/assignment.json', folder: '/w/run-1' };

  it('has the path of assignment.json where it is named, else last', () => {
    expect(commandFor({ command: ['/bin/train', '--in={assignment}', '--out', '{folder}/out'] }, run)).toEqual([
      '/bin/train',
      '--in=/w/run-1/assignment.json',
      '--out',
      '/w/run-1/out',
    ]);
    expect(commandFor({ command: ['/bin/train', '-x'] }, run)).toEqual(['/bin/train', '-x', run.assignmentPath]);
  });
});
