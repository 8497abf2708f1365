import { readFile } from 'node:fs/promises';
import { UnusableInput } from './cli.errors.js';
import { explainFileError } from './explain-file-error.js';

/** Reads a JSON document from a file, or from standard input when the path is "-". */
export async function readJsonInput(path: string): Promise<unknown> {
  let text: string;
  try {
    text = path === '-' ? await readStandardInput() : await readFile(path, 'utf8');
  } catch (error) {
    throw new UnusableInput(`cannot read ${path}: ${explainFileError(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnusableInput(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** All of standard input as text. */
export async function readStandardInput(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}
