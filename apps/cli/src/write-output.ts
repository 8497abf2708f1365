/** The one JSON document of `--json` on standard output. */
export function writeJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

export function writeText(text: string): void {
  process.stdout.write(`${text}\n`);
}
