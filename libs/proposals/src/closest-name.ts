// Which of the known names was meant. Names are compared without case and punctuation: `pilecc_val_loss` is how people
// remember `metric/the_pile_pile_cc_val_loss`. A name may be mistyped as a whole, or be a part of the one meant.

const wordsOf = (name: string) => name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** The known name nearest to `name`, if it is near enough to be a slip of the keyboard or of the memory. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const given = wordsOf(name);
  let best: string | undefined;
  let fewest = Infinity;
  let shortest = Infinity;
  for (const candidate of known) {
    const cost = costOf(given, wordsOf(candidate));
    // Of names that contain what was given, the one with the least besides.
    if (cost < fewest || (cost === fewest && candidate.length < shortest)) {
      fewest = cost;
      shortest = candidate.length;
      best = candidate;
    }
  }
  return fewest < Infinity ? best : undefined;
}

/** Slips that turn what was given into the candidate or into a part of it; Infinity where these are too many. */
function costOf(given: readonly string[], candidate: readonly string[]): number {
  const [short, long] = [given.join(''), candidate.join('')];
  if (short === '') return Infinity;
  const whole = edits(short, long, false);
  const part = edits(short, long, true);
  return Math.min(
    whole <= Math.max(2, Math.ceil(long.length / 3)) && whole < short.length ? whole : Infinity,
    // One more than a whole name with as many slips.
    part <= Math.floor(short.length / 4) ? 1 + part : Infinity,
    follow(given, candidate) ? 2 : Infinity,
  );
}

/** Whether the words are among the others, in their order. */
function follow(words: readonly string[], others: readonly string[]): boolean {
  let next = 0;
  for (const other of others) if (other === words[next]) next += 1;
  return next === words.length;
}

/** Edit distance from `a` to `b` (Levenshtein), or to the part of `b` that is nearest (Sellers). */
function edits(a: string, b: string, toPart: boolean): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => (toPart ? 0 : j));
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitute));
    }
    previous = row;
  }
  return toPart ? Math.min(...previous) : previous[b.length]!;
}
