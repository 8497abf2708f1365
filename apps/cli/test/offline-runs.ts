import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, sampleDirichlet } from '#libs/simplex';

/** A folder of files for commands that need no service. */
export class OfflineFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<OfflineFolder> {
    return new OfflineFolder(await mkdtemp(join(tmpdir(), 'cuvee-offline-')));
  }

  async put(name: string, content: string | Buffer): Promise<string> {
    const path = this.at(name);
    await writeFile(path, content);
    return path;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  /**
   * A pair of CSV files of `n` runs of web, code and mail, as options. Targets: qa = 3 - web + code/2, best at web = 1;
   * chat = 2 + web², best at web = 0; both with a noise of 0.001. `edit` changes cells before they are written.
   */
  async runs(n: number, edit: (weights: string[][], losses: string[][]) => unknown = () => {}): Promise<string[]> {
    const random = createRandom(1);
    const weights = [['index', 'web', 'code', 'mail']];
    const losses = [['index', 'qa', 'chat']];
    for (let i = 1; i <= n; i++) {
      const p = sampleDirichlet(random, [1, 1, 1]);
      weights.push([String(i), ...p.map((w) => w.toFixed(6))]);
      const qa = 3 - p[0]! + 0.5 * p[1]! + 0.001 * random.normal();
      losses.push([String(i), qa.toFixed(6), (2 + p[0]! ** 2 + 0.001 * random.normal()).toFixed(6)]);
    }
    edit(weights, losses);
    const csv = (rows: string[][]) => `${rows.map((row) => row.join(',')).join('\n')}\n`;
    return ['--weights', await this.put('w.csv', csv(weights)), '--losses', await this.put('l.csv', csv(losses))];
  }
}
