// A peer in Python: one process for a whole bench, asked task by task, so that neither its start nor its imports count.
// peers/peer.py is the other end. Debian's packages are enough: see `install`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const install = 'apt-get install python3-numpy python3-scipy python3-sklearn python3-torch python3-xgboost';

/**
 * Calls `use(ask)` with the peer `script` running on `arrays` ({name: {shape, values}}), and ends it afterwards.
 * `ask(task, options)` resolves to what the peer answers: {seconds, …}. Where no interpreter has the modules, returns
 * `skipped`, a sentence that says what to install.
 * @param modules what the script imports, each as Python names it
 * @param env its environment beside this process' own
 */
export async function withPeer(script, modules, arrays, use, env = {}) {
  const python = ['python3', '/usr/bin/python3'].find((program) => imports(program, modules));
  if (!python) return { skipped: `no python3 imports ${modules.join(', ')}; on Debian: ${install}` };
  const folder = mkdtempSync(join(tmpdir(), 'cuvee-bench-'));
  try {
    const shapes = Object.entries(arrays).map(([name, { shape, values }]) => {
      writeFileSync(join(folder, `${name}.f64`), Float64Array.from(values));
      return [name, shape];
    });
    writeFileSync(join(folder, 'shapes.json'), JSON.stringify(Object.fromEntries(shapes)));
    const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
    const child = spawn(python, [path, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
    });
    // A peer that ended shows as an answer that does not come.
    child.stdin.on('error', () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (task, options = {}) => {
      child.stdin.write(`${JSON.stringify({ task, ...options })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended without an answer to ${task}`);
      return JSON.parse(value);
    };
    try {
      return await use(ask);
    } finally {
      child.stdin.end();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function imports(program, modules) {
  return spawnSync(program, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0;
}
