import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Project {
  type: 'application' | 'library';
  root: string;
  entryFile: string;
  sourceRoot: string;
  compilerOptions: { tsConfigPath: string };
}

const root = fileURLToPath(new URL('../', import.meta.url));
const map = JSON.parse(readFileSync(`${root}nest-cli.json`, 'utf8'));
const projects: [string, Project][] = Object.entries(map.projects);

describe('nest-cli.json', () => {
  it('lists exactly the folders that hold an application or a library', () => {
    const folders = (below: string) =>
      readdirSync(`${root}${below}`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && existsSync(`${root}${below}/${entry.name}/src`))
        .map(({ name }) => `${below}/${name}`);
    const expected = [...folders('apps'), ...folders('libs'), 'gpu-workers'];
    expect(projects.map(([, project]) => project.root).sort()).toEqual(expected.sort());
    for (const [name, project] of projects) expect(project.root.split('/').at(-1)).toBe(name);
  });

  it.each(projects)('%s: entry file and TypeScript configuration exist', (_, project) => {
    expect(project.type).toBe(project.root.startsWith('libs/') ? 'library' : 'application');
    expect(existsSync(`${root}${project.sourceRoot}/${project.entryFile}.ts`)).toBe(true);
    expect(existsSync(`${root}${project.compilerOptions.tsConfigPath}`)).toBe(true);
  });

  it('starts from the API', () => {
    expect(map.root).toBe('apps/api');
    expect(existsSync(`${root}${map.compilerOptions.tsConfigPath}`)).toBe(true);
  });
});
