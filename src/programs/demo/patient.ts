import { persona, phone } from './persona.ts';
import { regionOf, sizeOf, streamOf } from './world.ts';
import type { Region, World } from './world.ts';

/** What other tables repeat of a patient: computed from the number alone, so that no table need be kept in memory. */
export type Patient = {
  readonly fullName: string;
  readonly email: string;
  readonly phone: string;
  readonly site: number;
  readonly region: Region;
};

/** The nth patient, the same in every table that speaks of that person. */
export function patientOf(world: World, id: number): Patient {
  const random = streamOf(world, `patient/${id}`);
  const site = 1 + (id % sizeOf(world, 'sites'));
  const region = regionOf(site);
  return { ...persona(random, id), phone: phone(random, region), site, region };
}
