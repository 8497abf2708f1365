import { commonOptions, formats } from '#libs/training-configs';

/** The flag of an option: trainSteps is --train-steps. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A message of the library or of the API, whose options have the names of the REST interface, in the words of a shell. */
export function inFlags(message: string): string {
  const names = [
    ...new Set([commonOptions, ...Object.values(formats).map(({ options }) => options)].flatMap(Object.keys)),
  ];
  const compound = names.filter((name) => /[A-Z]/.test(name));
  const name = `(?:${names.join('|')})`;
  return message
    .replace(
      new RegExp(`\\bthe options (${name}) and (${name})(?![\\w-])`, 'g'),
      (_, one, other) => `${flagOf(one)} and ${flagOf(other)}`,
    )
    .replace(new RegExp(`\\b(?:the )?option ("?)(${name})\\1(?![\\w-])`, 'g'), (_, __, name) => flagOf(name))
    .replace(new RegExp(`(?<![\\w."'/-])(?:${compound.join('|')})(?![\\w"'/-])`, 'g'), (name) => flagOf(name));
}
