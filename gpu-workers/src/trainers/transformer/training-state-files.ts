// The files of one of this trainer's checkpoints. Floats are stored as they are, so that a training which goes on from
// them is bit-equal to one that was never interrupted.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type NamedTensor, readSafetensors, writeSafetensors } from '../../checkpoints/safetensors.js';
import type { ParameterSlot } from './parameter-layout.js';
import type { TrainerState } from './transformer-trainer.js';

const weightsFile = 'weights.safetensors';
const optimizerFile = 'optimizer.safetensors';
const stateFile = 'state.json';
const routerBias = 'routerBias';

const progressSchema = z.strictObject({
  format: z.literal(1),
  /** Steps done, which is updates done. */
  step: z.number().int().min(0),
  /** Of training, over all attempts, without what was lost. */
  seconds: z.number().min(0),
  /** Of the program, the backend and the text: see training-identity.ts. */
  identity: z.record(z.string(), z.string()),
  final: z.boolean(),
});
export type TrainingProgress = z.infer<typeof progressSchema>;

/** Makes a new folder; a half-written one of the same step is replaced. A final checkpoint needs no optimiser any more. */
export function writeTrainingState(
  folder: string,
  layout: readonly ParameterSlot[],
  state: TrainerState,
  progress: Omit<TrainingProgress, 'format' | 'step'>,
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const bias = { name: routerBias, shape: [state.routerBias.length], values: state.routerBias };
  const hasBias = state.routerBias.length > 0;
  writeSafetensors(join(folder, weightsFile), [...split(layout, state.parameters), ...(hasBias ? [bias] : [])]);
  if (!progress.final) {
    const moments = [state.firstMoment, state.secondMoment].map((values, index) => ({
      name: momentNames[index]!,
      shape: [values.length],
      values,
    }));
    writeSafetensors(join(folder, optimizerFile), moments);
  }
  const description: TrainingProgress = { format: 1, step: state.updates, ...progress };
  writeFileSync(join(folder, stateFile), JSON.stringify(description), { flag: 'wx' });
}

export function readTrainingProgress(folder: string): TrainingProgress {
  return progressSchema.parse(JSON.parse(readFileSync(join(folder, stateFile), 'utf8')));
}

/** Throws when a file is missing, damaged or of another model. The moments of a final checkpoint are zero. */
export function readTrainingState(folder: string, layout: readonly ParameterSlot[]): TrainerState {
  const { step, final } = readTrainingProgress(folder);
  const tensors = readSafetensors(join(folder, weightsFile));
  const bias = tensors.at(-1)?.name === routerBias ? tensors.pop()?.values : undefined;
  const parameters = joined(tensors, layout);
  const moments = final ? [] : readSafetensors(join(folder, optimizerFile));
  const moment = (name: (typeof momentNames)[number]): Float32Array => {
    if (final) return new Float32Array(parameters.length);
    const found = moments.find((tensor) => tensor.name === name);
    if (!found) throw new Error(`${optimizerFile} has no ${name}`);
    return found.values;
  };
  return {
    updates: step,
    parameters,
    firstMoment: moment('firstMoment'),
    secondMoment: moment('secondMoment'),
    routerBias: bias ?? new Float32Array(0),
  };
}

const momentNames = ['firstMoment', 'secondMoment'] as const;

/** The flat vector's parts, by name: views, not copies. */
function split(layout: readonly ParameterSlot[], flat: Float32Array): NamedTensor[] {
  let offset = 0;
  return layout.map(({ name, shape, size }) => {
    offset += size;
    return { name, shape, values: flat.subarray(offset - size, offset) };
  });
}

function joined(tensors: readonly NamedTensor[], layout: readonly ParameterSlot[]): Float32Array {
  const flat = new Float32Array(layout.reduce((total, { size }) => total + size, 0));
  let offset = 0;
  for (const [index, { name, shape, size }] of layout.entries()) {
    const found = tensors[index];
    if (found?.name !== name || found.shape.join() !== shape.join()) {
      throw new Error(
        `${weightsFile} holds ${found?.name ?? 'nothing'} [${found?.shape.join()}] instead of ${name} [${shape.join()}]`,
      );
    }
    flat.set(found.values, offset);
    offset += size;
  }
  if (tensors.length !== layout.length) throw new Error(`${weightsFile} holds more than this model`);
  return flat;
}
