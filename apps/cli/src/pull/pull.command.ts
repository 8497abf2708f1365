import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readLaterPhase, sidecarPath } from '#libs/training-configs';
import { ApiClient } from '../client/api-client.js';
import { apiUrl } from '../environment.js';
import { blamingFlags } from '../training-config/blaming-flags.js';
import { readEarlierExport } from '../training-config/earlier-export.js';
import { addFolderOptions, type FolderOptions } from '../training-config/folder-options.js';
import { addFormatOption, addFormatOptions, formatOptionsOf } from '../training-config/format-options.js';
import { reportExport, reportUnchanged } from '../training-config/report-export.js';
import { writeExport } from '../training-config/write-export.js';

interface PullOptions extends FolderOptions {
  format: string;
  then?: string[];
  corpus?: string;
  url?: string;
}

export function pullCommand(program: Command): void {
  const command = program
    .command('pull <id>')
    .description("write a proposal's weights as a training configuration; a sweep's id gives its recommended mixture");
  addFormatOption(command)
    .option(
      '--then <[name=]id@start...>',
      'a later phase: from this share of the run on, that proposal or the mixture that sweep recommends',
    )
    .option(
      '--corpus <id>',
      "a registered corpus whose tokens, documents and locations count in place of those of the sweep's own",
    );
  addFolderOptions(command).option('--url <address>', 'address of the API');
  addFormatOptions(command).action(pull);
}

async function pull(id: string, options: PullOptions, command: Command): Promise<void> {
  const { format, out, corpus } = options;
  const request = { format, corpus, options: formatOptionsOf(command, format), laterPhases: options.then };
  const earlier = await readEarlierExport(out, format);
  const tag = options.ifChanged ? (earlier?.tag ?? null) : null;
  const client = new ApiClient(apiUrl(options.url));
  const exported = await blamingFlags(() => {
    for (const phase of options.then ?? []) readLaterPhase(phase);
    return tag === null ? client.exportMixture(id, request) : client.exportIfChanged(tag, id, request);
  });
  const json = options.json === true;
  if (exported === null) {
    const { sidecar, files } = earlier!;
    const paths = [...files.map(({ path }) => path), sidecarPath(format)].map((path) => resolve(out, path));
    return reportUnchanged(out, { format, proposalId: sidecar.proposalId, files: paths }, json);
  }
  const { files, attention, mixture, proposalId, sweepId, ...result } = exported;
  const origin = { mixture, proposalId, sweepId };
  const written = await writeExport(out, format, files, earlier, options.force === true);
  if (options.ifChanged && !written.changed) {
    return reportUnchanged(out, { ...origin, ...result, files: written.files }, json);
  }
  reportExport({ origin, result, written, attention }, json);
}
