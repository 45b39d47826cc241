import { dates } from './dates.ts';
import { ENTITIES } from './entity.ts';
import type { Entity } from './entity.ts';
import { nationalIds } from './nationalids.ts';
import { network } from './network.ts';
import { payments } from './payments.ts';
import { phones } from './phones.ts';
import type { Recogniser } from './recogniser.ts';
import { secrets } from './secrets.ts';
import { unitedStates } from './unitedstates.ts';

/** Every form that is looked for. */
export const RECOGNISERS: readonly Recogniser[] = [
  ...payments,
  ...network,
  ...unitedStates,
  ...nationalIds,
  ...dates,
  ...phones,
  ...secrets,
];

/** Kinds that can be found by their form; others take an understanding of the language that is not here. */
export const DETECTABLE: readonly Entity[] = ENTITIES.filter((entity) =>
  RECOGNISERS.some((one) => one.entity === entity),
);
