import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AssignmentFile, Loss, TrainerMessage } from '#libs/contracts';
import { createRandom } from '#libs/simplex';
import type { Backend } from '../../backend/backend.js';
import type { DomainText } from '../../data/load-domain.js';
import { TrainingBatches } from '../../data/training-batches.js';
import { evaluateDomain } from './evaluate.js';
import { learningRateAt } from './learning-rate.js';
import { vocabularySize } from './parameter-layout.js';
import { Transformer } from './transformer.js';
import { TransformerTrainer } from './transformer-trainer.js';

export interface TrainingOptions {
  backend: Backend;
  onMessage: (message: TrainerMessage) => void;
  /** Seconds since the run began; it times messages and the result, and never the training. */
  elapsedSeconds: () => number;
  /** Least seconds between two progress messages; evaluations are always told. */
  progressSeconds?: number;
}

/**
 * A batch loss above this counts as divergence: twice what a uniform guess over the bytes costs, which no run that
 * learns ever pays, not even in its first steps.
 */
export const divergenceBound = 2 * Math.log(vocabularySize);

/**
 * Trains one proxy on the assignment's mixture and evaluates it on every domain, telling everything through onMessage:
 * progress, then one result or diverged. The last message depends on the assignment, the texts and the backend alone,
 * its seconds aside. @param texts in the order of assignment.domains
 */
export async function trainTransformer(
  assignment: AssignmentFile,
  texts: readonly DomainText[],
  options: TrainingOptions,
): Promise<void> {
  const { parameters, seed } = assignment;
  const { backend, onMessage, elapsedSeconds, progressSeconds = 0.5 } = options;
  const { batchSize: batch, contextLength: length, steps } = parameters;
  const weights = assignment.domains.map(({ weight }) => weight);
  const batches = new TrainingBatches(texts, weights, { batch, length }, seed);
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(seed));
  const evaluate = (): Record<string, Loss> =>
    Object.fromEntries(texts.map((text) => [text.name, evaluateDomain(model, trainer.weights, text, parameters)]));
  const diverged = (step: number, trainLoss: number, reason: string) =>
    onMessage({ type: 'diverged', step, trainLoss, reason });

  try {
    let toldAt = Number.NEGATIVE_INFINITY;
    for (let step = 1; step <= steps; step++) {
      const trainLoss = trainer.step(batches.next(), learningRateAt(step - 1, parameters));
      if (!Number.isFinite(trainLoss)) return diverged(step, trainLoss, 'the training loss is not finite');
      if (trainLoss > divergenceBound) {
        return diverged(step, trainLoss, `the training loss is above ${divergenceBound.toFixed(2)} nats`);
      }
      const { evaluationEvery } = parameters;
      const evaluates = evaluationEvery > 0 && step % evaluationEvery === 0 && step < steps;
      if (evaluates || step === steps || elapsedSeconds() - toldAt >= progressSeconds) {
        const progress = {
          type: 'progress',
          step,
          totalSteps: steps,
          tokens: step * batch * length,
          trainLoss,
        } as const;
        onMessage(evaluates ? { ...progress, losses: evaluate() } : progress);
        toldAt = elapsedSeconds();
      }
      // Lets the process hear that its parent is gone.
      await nextTurn();
    }
    const losses = evaluate();
    const broken = Object.entries(losses).find(([, loss]) => !Number.isFinite(loss.natsPerToken));
    if (broken) return diverged(steps, broken[1].natsPerToken, `the held-out loss of ${broken[0]} is not finite`);
    onMessage({
      type: 'result',
      losses,
      tokens: steps * batch * length,
      seconds: elapsedSeconds(),
      parameters: model.size,
      domainTokens: batches.drawnTokens(),
    });
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
