/** The last bytes of a stream, as text without control characters that a database or a terminal would choke on. */
export class OutputTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly limit: number) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 4 * this.limit) this.#compact();
  }

  /** At most `limit` characters. */
  text(): string {
    this.#compact();
    return printable(Buffer.concat(this.#chunks).toString('utf8')).slice(-this.limit);
  }

  #compact(): void {
    const tail = Buffer.concat(this.#chunks).subarray(-this.limit);
    this.#chunks = [tail];
    this.#bytes = tail.length;
  }
}

/** Control characters but tab and line break are dropped. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
