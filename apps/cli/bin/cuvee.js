#!/usr/bin/env node
// The launcher is plain JavaScript, so that it can speak before anything was built and on a Node too old for the rest.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `cuvee needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exit(1);
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const entry = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
if (!existsSync(entry)) {
  const builder = join(root, 'scripts', 'build.mjs');
  process.stderr.write('cuvee: building once, this takes a moment …\n');
  // The builder writes to standard error alone and ends this process with code 1 when it fails.
  await import(pathToFileURL(builder).href);
}

// The reader of a pipe may leave early, as `head` does: nobody is left to tell.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { main } = await import(pathToFileURL(entry).href);
process.exitCode = await main(process.argv.slice(2));
// What a library still holds open must not keep a finished command around.
setTimeout(() => process.exit(), 2000).unref();
