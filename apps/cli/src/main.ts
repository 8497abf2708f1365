import { Command, CommanderError } from 'commander';
import { codeVersion } from '#libs/code-version';
import { commands } from './commands.js';
import { exitCodeOf, printError } from './print-error.js';

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 done, 1 failed, 2 unusable input.
 * Only the code of the named command is loaded.
 */
export async function main(args: string[]): Promise<number> {
  try {
    const program = await createProgram(args);
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed its message
    printError(error);
    return exitCodeOf(error);
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('cuvee')
    .description(
      'Finds the mixture of training data: sweeps of small proxy runs, honest fits, weights for your trainer.',
    )
    .version(codeVersion(), '-V, --version')
    .showHelpAfterError(`(${helpCommand(args)} lists the commands and options)`)
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 unusable input. CUVEE_DEBUG=1 prints the stack of an error.',
    );
  const named = namedCommand(args);
  for (const entry of commands) {
    if (entry.name === named) (await entry.load())(program);
    else program.command(entry.name, { hidden: false }).description(entry.summary);
  }
  return program;
}

/** The help to point to after a mistake in the command line. */
function helpCommand(args: readonly string[]): string {
  const named = namedCommand(args);
  return commands.some(({ name }) => name === named) ? `cuvee ${named} --help` : 'cuvee --help';
}

/** The first operand, or the operand after `help`. */
function namedCommand(args: readonly string[]): string | undefined {
  const operands = args.filter((argument) => !argument.startsWith('-'));
  return operands[0] === 'help' ? operands[1] : operands[0];
}
