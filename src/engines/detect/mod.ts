/**
 * Finds sensitive things in texts by their form: patterns, check digits and the words before them, each form in time linear
 * in the text. Names, places and organisations take a model of the language, which is not here: they are not in `DETECTABLE`.
 * Also how found things and tokens stand in a rewritten text, so that it can be put back byte for byte. Pure; knows nothing of
 * vaults or columns. Why: docs/design/detection.md; which forms there are: docs/formats/detect-entities.md.
 */
export { ENTITIES } from './entity.ts';
export type { Entity } from './entity.ts';
export { DETECTABLE } from './recognisers.ts';
export { detect } from './detect.ts';
export { codePoints, countWords } from './characters.ts';
export { settled } from './settled.ts';
export type { Place, Settled } from './settled.ts';
export { compilePattern, PATTERN_CHARACTERS_MAX, requireBounded } from './pattern.ts';
export type { Pattern } from './pattern.ts';
export { shiftedDate } from './shiftdate.ts';
export { restored, rewritten, tokensIn, writtenEntity, writtenToken } from './written.ts';
