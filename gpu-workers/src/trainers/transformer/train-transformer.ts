import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Loss, TrainerMessage } from '#libs/contracts';
import { trainingFlopsPerToken } from '#libs/proxy-models';
import { createRandom } from '#libs/simplex';
import type { Backend } from '../../backend/backend.js';
import type { DomainText } from '../../data/load-domain.js';
import { TrainingBatches } from '../../data/training-batches.js';
import { evaluateDomain } from './evaluate.js';
import { ExpertLoads } from './experts/expert-loads.js';
import { learningRateAt } from './learning-rate.js';
import { TrainingCheckpoints } from './training-checkpoints.js';
import { trainingIdentity } from './training-identity.js';
import { Transformer } from './transformer.js';
import type { TransformerAssignment } from './transformer-assignment.js';
import { TransformerTrainer } from './transformer-trainer.js';

export interface TrainingOptions {
  backend: Backend;
  onMessage: (message: TrainerMessage) => void;
  /** Seconds since the attempt began; it times messages, checkpoints and the result, and never the training. */
  elapsedSeconds: () => number;
  /** Aborted when the trainer should write a checkpoint and go: the training then ends without a result. */
  stop?: AbortSignal;
  /** One line of the trainer's log. */
  log?: (line: string) => void;
  /** Least seconds between two progress messages; evaluations are always told. */
  progressSeconds?: number;
}

/**
 * A batch loss above this counts as divergence: twice what a uniform guess over the tokens costs, which no run that
 * learns ever pays, not even in its first steps.
 */
export function divergenceBound({ vocabulary }: { vocabulary: number }): number {
  return 2 * Math.log(vocabulary);
}

/**
 * Trains one proxy on the assignment's mixture and evaluates it on every domain, telling everything through onMessage:
 * progress, then one result or diverged. The last message depends on the assignment, the texts and the backend alone,
 * its seconds aside, and not on whether the training was interrupted and went on from a checkpoint.
 * @param texts in the order of assignment.domains
 */
export async function trainTransformer(
  assignment: TransformerAssignment,
  texts: readonly DomainText[],
  options: TrainingOptions,
): Promise<void> {
  const { parameters, seed } = assignment;
  const { backend, onMessage, elapsedSeconds, progressSeconds = 0.5, stop, log = () => {} } = options;
  const { batchSize: batch, contextLength: length, steps } = parameters;
  const weights = assignment.domains.map(({ weight }) => weight);
  const newBatches = () => new TrainingBatches(texts, weights, { batch, length }, seed);
  const batches = newBatches();
  const model = new Transformer(backend, parameters);
  const trainer = new TransformerTrainer(backend, model, parameters, createRandom(seed));
  let earlierSeconds = 0;
  const trainedSeconds = () => earlierSeconds + elapsedSeconds();
  const checkpoints =
    assignment.checkpoints &&
    new TrainingCheckpoints(assignment.checkpoints, model, trainer, {
      identity: () => trainingIdentity(backend, assignment, texts, newBatches()),
      onMessage,
      elapsedSeconds: trainedSeconds,
      log,
    });
  /** Of every domain; says the loads of its experts first. */
  const evaluate = (): Record<string, Loss> =>
    Object.fromEntries(
      texts.map((text) => {
        const loads = new ExpertLoads(parameters);
        const loss = evaluateDomain(model, trainer.weights, text, parameters, loads);
        for (const [layer, load] of loads.layers.entries()) {
          onMessage({ type: 'expert-load', layer, domain: text.name, load });
        }
        return [text.name, loss];
      }),
    );
  const diverged = (step: number, trainLoss: number, reason: string) =>
    onMessage({ type: 'diverged', step, trainLoss, reason });

  try {
    const resumed = checkpoints?.resume() ?? { step: 0, seconds: 0 };
    batches.skip(resumed.step);
    earlierSeconds = resumed.seconds;
    let toldAt = Number.NEGATIVE_INFINITY;
    for (let step = resumed.step + 1; step <= steps; step++) {
      const trainLoss = trainer.step(batches.next(), learningRateAt(step - 1, parameters));
      if (!Number.isFinite(trainLoss)) return diverged(step, trainLoss, 'the training loss is not finite');
      if (trainLoss > divergenceBound(parameters)) {
        return diverged(step, trainLoss, `the training loss is above ${divergenceBound(parameters).toFixed(2)} nats`);
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
      if (step < steps && checkpoints?.isDue(step)) checkpoints.write(step);
      // Lets the process hear that its parent is gone, or that it should go.
      await nextTurn();
      if (stop?.aborted) return checkpoints?.write(step);
    }
    checkpoints?.writeFinal(steps);
    const losses = evaluate();
    const broken = Object.entries(losses).find(([, loss]) => !Number.isFinite(loss.natsPerToken));
    if (broken) return diverged(steps, broken[1].natsPerToken, `the held-out loss of ${broken[0]} is not finite`);
    onMessage({
      type: 'result',
      losses,
      tokens: steps * batch * length,
      seconds: trainedSeconds(),
      parameters: model.size,
      flops: steps * batch * length * trainingFlopsPerToken(parameters),
      domainTokens: batches.drawnTokens(),
    });
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
