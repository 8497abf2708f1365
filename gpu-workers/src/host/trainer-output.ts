import { type ExpertLoad, type TrainerMessage, trainerMessageSchema } from '#libs/contracts';
import { LineSplitter } from './line-splitter.js';

export interface OutputLimits {
  lineBytes: number;
  totalBytes: number;
  /** Lines which are no message of the protocol: libraries print banners; a stream of them is a broken trainer. */
  garbageLines: number;
}

/** Said on the way, before the outcome. */
export type PassingMessage = Extract<
  TrainerMessage,
  { type: 'backend' | 'resumed' | 'checkpoint' | 'checkpoint-failed' | 'progress' }
>;

/** The last word of a trainer. */
export type FinalMessage =
  | (Extract<TrainerMessage, { type: 'result' }> & { expertLoads: ExpertLoad[] })
  | Extract<TrainerMessage, { type: 'diverged' | 'error' }>;

/** A run has at most this many layers times domains. */
const mostLoads = 20_000;

/** Reads messages from a program's bytes, which are hostile until they are parsed. */
export class TrainerOutput {
  readonly #splitter: LineSplitter;
  /** Of the last evaluation, by layer and domain. */
  readonly #loads = new Map<string, ExpertLoad>();
  #final: FinalMessage | undefined;
  #hasSpoken = false;
  #garbage = 0;

  constructor(
    private readonly limits: OutputLimits,
    private readonly onMessage: (message: PassingMessage) => void,
    /** Once; what comes later is passed over, but checkpoints. */
    private readonly onFinal: (message: FinalMessage) => void,
  ) {
    this.#splitter = new LineSplitter(limits);
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  get garbage(): number {
    return this.#garbage;
  }

  /** @throws an Error that says which limit the output has passed */
  push(chunk: Buffer): void {
    for (const line of this.#splitter.push(chunk)) this.#take(line);
  }

  /** What followed the last line break. @throws as push */
  end(): void {
    for (const line of this.#splitter.end()) this.#take(line);
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    const message = parse(line);
    if (message === null) {
      this.#garbage += 1;
      if (this.#garbage <= this.limits.garbageLines) return;
      throw new Error(`more than ${this.limits.garbageLines} lines of output were no messages`);
    }
    this.#hasSpoken = true;
    // Told to go, a trainer writes one more checkpoint.
    if (this.#final !== undefined && message.type !== 'checkpoint') return;
    if (message.type === 'expert-load') this.#keepLoad(message);
    else if (message.type === 'result') this.#end({ ...message, expertLoads: [...this.#loads.values()] });
    else if (message.type === 'diverged' || message.type === 'error') this.#end(message);
    else this.onMessage(message);
  }

  #keepLoad({ layer, domain, load }: ExpertLoad): void {
    this.#loads.set(`${layer} ${domain}`, { layer, domain, load });
    if (this.#loads.size > mostLoads) throw new Error(`more than ${mostLoads} expert loads`);
  }

  #end(message: FinalMessage): void {
    this.#final = message;
    this.onFinal(message);
  }
}

function parse(line: string): TrainerMessage | null {
  try {
    return trainerMessageSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
