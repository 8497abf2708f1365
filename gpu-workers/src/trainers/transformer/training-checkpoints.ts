import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AssignmentFile, TrainerMessage } from '#libs/contracts';
import { readTrainingProgress, readTrainingState, writeTrainingState } from './training-state-files.js';
import type { Transformer } from './transformer.js';
import type { TransformerTrainer } from './transformer-trainer.js';

export interface CheckpointContext {
  /** See training-identity.ts. Asked for once, and only when there is something to write or to compare. */
  identity: () => Record<string, string>;
  onMessage: (message: TrainerMessage) => void;
  /** Of training, earlier attempts included. */
  elapsedSeconds: () => number;
  /** For the trainer's log. */
  log: (line: string) => void;
}

/** When and what the trainer writes, and what it goes on from. A checkpoint that fails never ends the training. */
export class TrainingCheckpoints {
  #writtenStep = 0;
  #writtenAt: number;
  #identity: Record<string, string> | undefined;

  constructor(
    private readonly section: NonNullable<AssignmentFile['checkpoints']>,
    private readonly model: Pick<Transformer, 'layout'>,
    private readonly trainer: TransformerTrainer,
    private readonly context: CheckpointContext,
  ) {
    this.#writtenAt = context.elapsedSeconds();
  }

  /** Restores the trainer from the checkpoint it was given, if that is of the same training; null: begin at the beginning. */
  resume(): { step: number; seconds: number } | null {
    const { resumeFrom } = this.section;
    if (resumeFrom === null) return null;
    const { onMessage, log } = this.context;
    try {
      const { step, seconds, identity: theirs } = readTrainingProgress(resumeFrom);
      const ours = this.#ownIdentity();
      const differing = Object.keys({ ...ours, ...theirs }).filter((part) => ours[part] !== theirs[part]);
      if (differing.length > 0) {
        const how = differing.map((part) => `${part} ${theirs[part]} there, ${ours[part]} here`).join('; ');
        log(
          `a checkpoint of step ${step} would not give the same bits, so the training begins at the beginning: ${how}`,
        );
        return null;
      }
      this.trainer.restore(readTrainingState(resumeFrom, this.model.layout));
      this.#writtenStep = step;
      onMessage({ type: 'resumed', step });
      return { step, seconds };
    } catch (error) {
      log(`the checkpoint cannot be used, the training begins at the beginning: ${(error as Error).message}`);
      return null;
    }
  }

  /** By the sweep's number of steps, or else by the worker's clock. */
  isDue(step: number): boolean {
    const { everySteps, everySeconds } = this.section;
    if (everySteps > 0) return step % everySteps === 0;
    return everySeconds > 0 && this.context.elapsedSeconds() - this.#writtenAt >= everySeconds;
  }

  /** Writes what the trainer is after `step` steps, unless that is written already. */
  write(step: number): void {
    if (step !== this.#writtenStep) this.#write(step, false);
  }

  #write(step: number, final: boolean): void {
    const { onMessage, elapsedSeconds } = this.context;
    const folder = join(this.section.folder, `step-${step}`);
    try {
      const progress = { seconds: elapsedSeconds(), identity: this.#ownIdentity(), final };
      writeTrainingState(folder, this.model.layout, this.trainer.state(), progress);
      onMessage({ type: 'checkpoint', step, ...(final && { final }) });
      this.#writtenStep = step;
    } catch (error) {
      discard(folder);
      onMessage({ type: 'checkpoint-failed', step, reason: (error as Error).message.slice(0, 4000) });
    }
    // The time that writing took counts, and a failure is not tried again at once.
    this.#writtenAt = elapsedSeconds();
  }

  /** The weights at the end, if the sweep keeps them. */
  writeFinal(step: number): void {
    if (this.section.keepFinal) this.#write(step, true);
  }

  #ownIdentity(): Record<string, string> {
    this.#identity ??= this.context.identity();
    return this.#identity;
  }
}

/** What cannot be removed either is removed with the attempt's folder. */
function discard(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {}
}
