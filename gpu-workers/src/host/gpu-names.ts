import { execFile } from 'node:child_process';

/** What nvidia-smi calls this machine's GPUs; none where it is absent, fails or hangs. */
export function gpuNames(): Promise<string[]> {
  const query = ['--query-gpu=name', '--format=csv,noheader'];
  return new Promise((resolve) => {
    execFile('nvidia-smi', query, { timeout: 5000, windowsHide: true }, (error, stdout) => {
      resolve(error ? [] : namesOf(stdout));
    });
  });
}

function namesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => line.slice(0, 100))
    .slice(0, 64);
}
