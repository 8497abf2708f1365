import type { Command } from 'commander';

export interface CommandEntry {
  name: string;
  summary: string;
  /** Imports the command's code; nothing of it is loaded for another command or for the help. */
  load(): Promise<(program: Command) => void>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'the whole job on real text, on this machine: sweep, fit, proposal, confirmation, files',
    load: async () => (await import('./demo/demo.command.js')).demoCommand,
  },
  {
    name: 'up',
    summary: 'run the API, workers and their database in this terminal',
    load: async () => (await import('./up/up.command.js')).upCommand,
  },
  {
    name: 'worker',
    summary: 'run one worker that trains proxy runs',
    load: async () => (await import('./worker/worker.command.js')).workerCommand,
  },
  {
    name: 'workers',
    summary: 'who trains: state, backend, speed and trainers of every worker',
    load: async () => (await import('./workers/workers.command.js')).workersCommand,
  },
  {
    name: 'doctor',
    summary: 'whether runs can be trained on this machine, how fast, and what is missing',
    load: async () => (await import('./doctor/doctor.command.js')).doctorCommand,
  },
  {
    name: 'corpus',
    summary: 'scan folders of text, register and show corpora',
    load: async () => (await import('./corpus/corpus.command.js')).corpusCommand,
  },
  {
    name: 'sweep',
    summary: 'create, list, show, watch, cancel sweeps and retry their runs',
    load: async () => (await import('./sweep/sweep.command.js')).sweepCommand,
  },
  {
    name: 'import',
    summary: 'give finished runs to the service, which fits them and proposes a mixture',
    load: async () => (await import('./import/import.command.js')).importCommand,
  },
  {
    name: 'pull',
    summary: "write a proposal's weights as a training configuration",
    load: async () => (await import('./pull/pull.command.js')).pullCommand,
  },
  {
    name: 'formats',
    summary: "the trainers' formats that weights can be exported in",
    load: async () => (await import('./formats/formats.command.js')).formatsCommand,
  },
  {
    name: 'check',
    summary: "check a trainer's configuration that you have, and see what the trainer would do with it",
    load: async () => (await import('./check/check.command.js')).checkCommand,
  },
  {
    name: 'mixture',
    summary: "read the mixture out of a trainer's configuration, for a baseline",
    load: async () => (await import('./check/mixture.command.js')).mixtureCommand,
  },
  {
    name: 'fit',
    summary: 'offline: fit a surrogate on runs that you have as files',
    load: async () => (await import('./offline/fit.command.js')).fitCommand,
  },
  {
    name: 'predict',
    summary: 'what a fit expects of any mixture',
    load: async () => (await import('./offline/predict.command.js')).predictCommand,
  },
  {
    name: 'propose',
    summary: 'offline: propose a mixture from runs that you have as files',
    load: async () => (await import('./offline/propose.command.js')).proposeCommand,
  },
  {
    name: 'law',
    summary: 'offline: laws across steps, sizes and mixtures: what will hold at a larger scale',
    load: async () => (await import('./law/law.command.js')).lawCommand,
  },
  {
    name: 'export',
    summary: 'offline: write a proposal file as a training configuration',
    load: async () => (await import('./offline/export.command.js')).exportCommand,
  },
];
