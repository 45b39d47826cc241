import { nameForms, shapes } from '#boundary';

const { count, id, record, time, union } = shapes;

/** Who acted: a subject, the plane itself, the control plane, or nobody known (a failed log-in). */
const actor = union({
  subject: record({ id: id('sub') }),
  plane: record({}),
  control: record({}),
  unknown: record({}),
});

/** What every leaf says beside the fields of its kind. */
export const head = { v: count(2, 1), plane: nameForms.planeId(), time: time(), actor };
