/** One line that says what goes on: rewritten in place on a terminal; elsewhere each `lasting` text is a line. */
export class StatusLine {
  private shown = false;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** @param lasting whether it is worth a line of its own where lines stay */
  show(text: string, lasting: boolean): void {
    if (this.stream.isTTY) {
      const width = (this.stream.columns ?? 80) - 1;
      this.stream.write(`\r\u001b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
      this.shown = true;
    } else if (lasting) this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\u001b[2K');
    this.shown = false;
  }
}
