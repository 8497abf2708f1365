import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Assignment, AssignmentFile } from '#libs/contracts';
import { type CheckpointKey, DamagedCheckpoint } from './checkpoint-key.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { fingerprintOf } from './fingerprint.js';
import { describeFolder, verifyFolder } from './manifest.js';

export interface CheckpointSettings {
  store: CheckpointStore;
  /** Between two checkpoints of a run whose sweep gives no number of steps; 0: none by the clock. */
  everySeconds: number;
}

interface Said {
  step: number;
  final: boolean;
  onSaved: () => void;
}

/** Of one attempt: one to resume from, and the one before it in case that is damaged. */
const keptOfAttempt = 2;

/**
 * The worker's part in the checkpoints of one attempt: finds the one to go on from, keeps what the trainer writes, and
 * clears up. Trouble with the store never ends a run: it is logged, once for each kind of work.
 */
export class AttemptCheckpoints {
  readonly #kept: CheckpointKey[] = [];
  readonly #troubles = new Set<string>();
  readonly #fingerprint: string;
  readonly #store: CheckpointStore;
  /** Where the trainer writes; undefined while nothing can be kept. */
  #folder: string | undefined;
  #final: CheckpointKey | undefined;
  #waiting: Said | undefined;
  #saving: Promise<void> | undefined;

  constructor(
    private readonly settings: CheckpointSettings,
    private readonly assignment: Assignment,
    /** Aborted when nobody wants this attempt any more: nothing more is saved. */
    private readonly dropped: AbortSignal,
    private readonly log: Logger,
  ) {
    this.#store = settings.store;
    this.#fingerprint = fingerprintOf(assignment);
  }

  /**
   * For assignment.json; null when the store cannot even be written to.
   * @param scratch a folder of this attempt on the worker's disk
   */
  async begin(scratch: string): Promise<AssignmentFile['checkpoints']> {
    try {
      const folder = await this.#store.workspace(this.assignment, scratch);
      this.#folder = folder;
      const resumeFrom = await this.#findResume(scratch);
      return { ...this.assignment.checkpoints, everySeconds: this.settings.everySeconds, folder, resumeFrom };
    } catch (error) {
      this.#trouble('preparing for checkpoints', error);
      return null;
    }
  }

  /** The run's furthest checkpoint that is whole and of the same training; of equals, that of the latest attempt. */
  async #findResume(scratch: string): Promise<string | null> {
    const { runId } = this.assignment;
    let keys: CheckpointKey[];
    try {
      keys = await this.#store.list(runId);
    } catch (error) {
      this.#trouble('looking for checkpoints', error);
      return null;
    }
    keys.sort((a, b) => b.step - a.step || Number(b.final) - Number(a.final) || b.attempt - a.attempt);
    for (const key of keys) {
      const place = { fromAttempt: key.attempt, step: key.step };
      try {
        const manifest = await this.#store.manifest(key);
        if (manifest.fingerprint !== this.#fingerprint) {
          this.log.info(place, 'a checkpoint is of another training: passed over');
          continue;
        }
        const folder = await this.#store.fetch(key, manifest, scratch);
        await verifyFolder(folder, manifest);
        this.log.info(place, 'the trainer is given a checkpoint to go on from');
        if (key.final) this.#final = key;
        return folder;
      } catch (error) {
        if (error instanceof DamagedCheckpoint) {
          this.log.warn({ ...place, reason: error.message }, 'a checkpoint is damaged: the one before it is tried');
        } else this.#trouble('reading a checkpoint', error);
      }
    }
    return null;
  }

  /**
   * The trainer has finished `step-<step>`. One is saved at a time; of those that are said meanwhile only the newest is,
   * so that a slow store does not pile them up. @param onSaved called once it can be resumed from
   */
  said(step: number, final: boolean, onSaved: () => void): void {
    if (this.#folder === undefined) return;
    const passedOver = this.#waiting;
    this.#waiting = { step, final, onSaved };
    this.#saving ??= this.#drain().finally(() => {
      this.#saving = undefined;
    });
    if (passedOver !== undefined && passedOver.step !== step) this.#discard(passedOver.step);
  }

  /** The trainer could not write one. */
  failed(step: number, reason: string): void {
    this.#trouble('writing a checkpoint', new Error(`step ${step}: ${reason}`));
  }

  /** No other attempt will follow: the run has its result, diverged, or is not wanted any more. */
  async runEnded(how: 'result' | 'without'): Promise<void> {
    const { runId, attempt, checkpoints } = this.assignment;
    const final = how === 'result' && checkpoints.keepFinal ? this.#final : undefined;
    if (how === 'result' && checkpoints.keepFinal && final === undefined) {
      this.#trouble('keeping the final weights', new Error('there is no final checkpoint'));
    }
    try {
      await this.#store.removeAttempts({ runId, attempt }, (key) => final !== undefined && same(key, final));
    } catch (error) {
      this.#trouble('removing checkpoints', error);
    }
  }

  /** The trainer is gone: what it said is saved or given up, and what it had only begun is removed. */
  async attemptEnded(): Promise<void> {
    await this.#saving;
    if (this.#folder === undefined) return;
    await this.#store
      .releaseWorkspace(this.#folder)
      .catch((error: unknown) => this.#trouble('removing checkpoints', error));
  }

  async #drain(): Promise<void> {
    for (let said = this.#waiting; said !== undefined; said = this.#waiting) {
      this.#waiting = undefined;
      if (!this.dropped.aborted) await this.#save(said);
    }
  }

  async #save({ step, final, onSaved }: Said): Promise<void> {
    const { runId, attempt } = this.assignment;
    const key = { runId, attempt, step, final };
    const folder = this.#folderOf(step);
    try {
      if (!(await stat(folder)).isDirectory()) throw new Error(`step-${step} is no folder`);
      await this.#store.save(key, folder, await describeFolder(folder, key, this.#fingerprint));
    } catch (error) {
      this.#discard(step);
      return this.#trouble('saving a checkpoint', error);
    }
    this.log.debug({ step, final }, 'checkpoint saved');
    onSaved();
    if (final) this.#final = key;
    this.#kept.push(key);
    try {
      while (this.#kept.length > keptOfAttempt) await this.#store.remove(this.#kept.shift()!);
    } catch (error) {
      this.#trouble('removing checkpoints', error);
    }
  }

  #folderOf(step: number): string {
    return join(this.#folder ?? '', `step-${step}`);
  }

  #discard(step: number): void {
    rm(this.#folderOf(step), { recursive: true, force: true }).catch((error: unknown) =>
      this.#trouble('removing checkpoints', error),
    );
  }

  #trouble(work: string, error: unknown): void {
    const level = this.#troubles.has(work) ? 'debug' : 'warn';
    this.#troubles.add(work);
    this.log[level]({ err: error, store: this.#store.name }, `trouble in ${work}; the training goes on`);
  }
}

function same(a: CheckpointKey, b: CheckpointKey): boolean {
  return a.attempt === b.attempt && a.step === b.step && a.final === b.final;
}
