/**
 * The least max_repetition_ratio, in steps of 0.01, with which OLMo-core gets its share of a run out of a source:
 * it compares int(requested × target_ratio) with int(tokens × max_repetition_ratio). At least 1.
 * @param ratio target_ratio as a loader reads it
 * @param requested tokens of the run, a whole number
 */
export function repetitionRatio(ratio: number, requested: number, tokens: number): string {
  const needed = Math.trunc(requested * ratio);
  let hundredths = Math.max(100, Math.floor((100 * needed) / tokens));
  while (Math.trunc(tokens * Number(asText(hundredths))) < needed) hundredths++;
  return asText(hundredths);
}

function asText(hundredths: number): string {
  return (hundredths / 100).toFixed(2);
}
