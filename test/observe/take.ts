import { checkFact } from '#boundary';
import { takeObserved } from '../../src/control/observe/observed.ts';
import type { ObservedFact } from '../../src/control/observe/observed.ts';
import type { TestOffice } from '../control/office.ts';

/** Takes a fact in as a plane would send it: through the border's own check. */
export async function takeFact(office: TestOffice, whole: object): Promise<void> {
  await office.does((work) => takeObserved(work, checkFact(whole) as ObservedFact));
}
