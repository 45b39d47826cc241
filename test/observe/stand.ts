import { openTestApi } from '../control/apiserver.ts';
import type { TestApi } from '../control/apiserver.ts';
import { openTestOffice } from '../control/office.ts';
import type { TestOffice } from '../control/office.ts';
import { seedPlane } from '../control/seed.ts';
import { head } from './fact.ts';
import { takeFact } from './take.ts';

/** Control with a plane that has a clinic, and what that plane tells of it. */
export type ObserveStand = {
  readonly office: TestOffice;
  readonly api: TestApi;
  /** Takes in a fact of the warehouse `demo`. */
  take(fact: object): Promise<void>;
  close(): Promise<void>;
};

export async function openObserveStand(): Promise<ObserveStand> {
  const office = await openTestOffice();
  const api = await openTestApi(office, { setupTokenFile: '/nonexistent/setup-token' });
  await seedPlane(office, api);
  // Above what seeding tells.
  let number = 10;
  return {
    office,
    api,
    take: (fact) =>
      takeFact(office, { ...head(++number, office.clock()), warehouse: 'demo', ...fact }),
    async close() {
      await api.server.close();
      await office.close();
    },
  };
}
