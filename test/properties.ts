import { configureGlobal } from 'fast-check';

/** The day this seed was chosen; any number serves. */
const SEED = 20261128;

/**
 * Loaded before every test file: property tests try the same cases in every run, so that what failed once can be seen
 * again. `PROPERTY_SEED=123 npm test` tries others; a failing property prints its own seed and path.
 */
configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? SEED) });
