import { StringDecoder } from 'node:string_decoder';

export class OutputLimitExceeded extends Error {
  override readonly name = 'OutputLimitExceeded';
}

/** Cuts a byte stream into lines, holding at most one line of `lineBytes`; throws OutputLimitExceeded beyond a limit. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #total = 0;

  constructor(private readonly limits: { lineBytes: number; totalBytes: number }) {}

  push(chunk: Buffer): string[] {
    this.#total += chunk.length;
    if (this.#total > this.limits.totalBytes) {
      throw new OutputLimitExceeded(`more than ${this.limits.totalBytes} bytes of output`);
    }
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.limits.lineBytes || lines.some((line) => line.length > this.limits.lineBytes)) {
      throw new OutputLimitExceeded(`a line of more than ${this.limits.lineBytes} bytes`);
    }
    return lines;
  }

  /** What followed the last line break. */
  end(): string[] {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    return last === '' ? [] : [last];
  }
}
