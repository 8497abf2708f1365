import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; target: string };
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  restart?: string;
  stop_grace_period?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);
const built = services.filter(([, { build }]) => build !== undefined);

/** A Dockerfile's stages: what each starts from and copies. */
function stagesOf(path: string) {
  const stages: { name: string; base: string; lines: string[] }[] = [];
  for (const line of read(path).replace(/\\\n/g, ' ').split('\n')) {
    const from = /^FROM (\S+) AS (\S+)$/.exec(line);
    if (from) stages.push({ name: from[2]!, base: from[1]!, lines: [] });
    else if (line && !line.startsWith('#')) stages.at(-1)!.lines.push(line);
  }
  return stages;
}

/** The files a stage holds below its working folder /app, by the names that COPY gives them. */
function copied(stage: { lines: string[] }): string[] {
  return stage.lines
    .filter((line) => line.startsWith('COPY '))
    .flatMap((line) => {
      const words = line.split(' ').filter((word) => word !== 'COPY' && !word.startsWith('--from='));
      const target = words.at(-1)!;
      return target === './' ? words.slice(0, -1).map((word) => word.replace('/app/', '')) : [target];
    });
}

/** Every variable that a text takes from the environment, and whether it must be set. */
function variables(source: string): { name: string; required: boolean }[] {
  return [...source.matchAll(/\$\{(\w+)(:[?-])?/g)].map(([, name, rule]) => ({ name: name!, required: rule === ':?' }));
}

describe('docker-compose.yml', () => {
  it('has the five services, and builds ours from stages and files that exist', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'migrate', 'api', 'worker', 'worker-gpu']),
    );
    for (const [name, { image, build }] of services) {
      expect([name, image !== undefined, build !== undefined]).toEqual([
        name,
        build === undefined,
        image === undefined,
      ]);
      if (!build) continue;
      expect(existsSync(join(root, build.context, build.dockerfile)), `${name}: ${build.dockerfile}`).toBe(true);
      expect(stagesOf(build.dockerfile).map((stage) => stage.name)).toContain(build.target);
    }
  });

  it('has Dockerfiles which copy what exists and is not ignored, from stages that exist', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    for (const path of new Set(built.map(([, { build }]) => build!.dockerfile))) {
      const stages = stagesOf(path);
      const known = stages.map((stage) => stage.name);
      for (const stage of stages) {
        for (const line of stage.lines.filter((candidate) => candidate.startsWith('COPY '))) {
          const from = /--from=(\S+)/.exec(line)?.[1];
          if (from) {
            expect(known, `${path}: ${line}`).toContain(from);
            continue;
          }
          for (const source of line.split(' ').slice(1, -1)) {
            expect(existsSync(join(root, source)), `${path}: ${line}`).toBe(true);
            expect(ignored, `${path}: ${line}`).not.toContain(source);
          }
        }
      }
    }
    expect(ignored).toContain('.env');
  });

  it('starts programs that are in the images', () => {
    for (const [name, { build, command }] of built) {
      const stage = stagesOf(build!.dockerfile).find((candidate) => candidate.name === build!.target)!;
      const run = command ?? (JSON.parse(/^CMD (.+)$/m.exec(stage.lines.join('\n'))![1]!) as string[]);
      expect(run[0], name).toBe('node');
      const program = run[1]!;
      const source = program.startsWith('dist/') ? program.slice(5).replace(/\.js$/, '.ts') : program;
      expect(existsSync(join(root, source)), `${name}: ${source}`).toBe(true);
      expect(
        copied(stage).some((path) => program === path || program.startsWith(`${path}/`)),
        `${name}: ${program}`,
      ).toBe(true);
    }
  });

  it('asks for variables which .env.example has, without a default for secrets', () => {
    const example = new Map(
      read('.env.example')
        .split('\n')
        .filter((line) => /^\w+=/.test(line))
        .map((line) => line.split('=') as [string, string]),
    );
    const asked = variables(text);
    for (const { name, required } of asked) {
      expect(example.has(name), name).toBe(true);
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(name)) expect([name, required, example.get(name)]).toEqual([name, true, '']);
    }
    expect([...example.keys()].sort()).toEqual([...new Set(asked.map(({ name }) => name))].sort());
  });

  it('writes no password down', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        const secret = /PASSWORD|AUTH/.test(key) ? value : /:\/\/[^:@/]*:([^@]+)@/.exec(value)?.[1];
        if (secret !== undefined) expect(secret, `${name}: ${key}`).toMatch(/^\$\{\w+:\?/);
      }
    }
  });

  it('hands our containers only variables that their code reads', () => {
    const readers: Record<string, string> = {
      migrate: read('scripts/migrate.mjs'),
      api: read('apps/api/src/config.ts'),
      worker: read('gpu-workers/src/host/config.ts'),
      'worker-gpu': read('gpu-workers/src/host/config.ts'),
    };
    for (const [name, { environment = {} }] of built) {
      for (const variable of Object.keys(environment)) {
        expect(readers[name], `${name}: ${variable}`).toMatch(new RegExp(`\\b${variable}\\b`));
      }
    }
  });

  it('keeps data in named volumes that are declared, and uses each', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));
    const named = [...new Set(used.filter((name) => /^[a-z]/.test(name)))];
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(compose.services.postgres!.volumes).toHaveLength(1);
    expect(compose.services.redis!.volumes).toHaveLength(1);
  });

  it('gives every lasting service a health check, and starts it after what it needs', () => {
    for (const [name, service] of services) {
      if (name === 'migrate') expect(service.restart).toBe('no');
      else expect(service.healthcheck, name).toBeDefined();
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services[needed], `${name} needs ${needed}`).toBeDefined();
        expect(condition).toBe(needed === 'migrate' ? 'service_completed_successfully' : 'service_healthy');
      }
    }
    expect(Object.keys(compose.services.api!.depends_on!)).toContain('migrate');
  });

  it('checks the health of the API at a route that it serves, on the port it is given', () => {
    const { healthcheck, environment, ports } = compose.services.api!;
    const url = new URL(/'(http[^']+)'/.exec(healthcheck!.test.join(' '))![1]!);
    expect(url.port).toBe(environment!.CUVEE_PORT);
    expect(ports![0]!.endsWith(`:${url.port}`)).toBe(true);
    expect(ports![0]!.startsWith('127.0.0.1:')).toBe(true);
    const [, controller, route] = url.pathname.split('/');
    const source = read('apps/api/src/health/health.controller.ts');
    expect(source).toContain(`@Controller('${controller}')`);
    expect(source).toContain(`@Get('${route}')`);
  });

  it('runs Redis so that it loses nothing and evicts nothing', () => {
    const command = compose.services.redis!.command!.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
  });

  it('checks workers with a program that is in their image, and gives them time to hand runs back', () => {
    for (const name of ['worker', 'worker-gpu']) {
      const { healthcheck, build, environment, stop_grace_period } = compose.services[name]!;
      const program = healthcheck!.test.at(-1)!;
      expect(existsSync(join(root, program))).toBe(true);
      expect(copied(stagesOf(build!.dockerfile).find((stage) => stage.name === build!.target)!)).toContain(program);
      expect(Number.parseInt(stop_grace_period!, 10)).toBeGreaterThan(Number(environment!.CUVEE_GRACE_SECONDS));
    }
  });
});
