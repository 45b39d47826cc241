import { z } from 'zod';
import { group, secretSetting, setting } from '#platform/settings';
import { APPROVALS_MAX } from './limits.ts';

/** Everything about the access of operators that can be set. */
export const operatorSettings = group(
  'operator',
  'What people who run the plane for somebody else may see of it, and who lets them.',
  {
    databaseUrl: secretSetting(
      'optional',
      'Connection string of the role that reads the `ops` views and nothing else; without one no view can be read. `privet up` makes one.',
    ),
    breakGlassApprovals: setting(z.int().min(1).max(APPROVALS_MAX), {
      fallback: 2,
      unit: 'people',
      doc: 'How many people of the customer must agree before data of the quarantine is shown.',
    }),
    emergency: setting(z.enum(['off', 'on']), {
      fallback: 'off',
      doc: 'Whether break-glass may begin without approval, to be looked over afterwards; nobody gets a second one before the first was.',
    }),
    standing: setting(z.enum(['operate', 'none']), {
      fallback: 'operate',
      doc: 'Whether people with permission `operator` may act on the plane without a grant; with `none` another version of the plane needs one to start as well. Acts show no data either way.',
    }),
    quarantineDays: setting(z.int().min(1).max(3_650), {
      fallback: 30,
      unit: 'days',
      doc: 'How long rejected rows and events are kept, sealed.',
    }),
    quarantineMegabytes: setting(z.int().min(1).max(100_000), {
      fallback: 256,
      unit: 'MB',
      doc: 'How much the quarantine holds; what comes when it is full is counted and not kept.',
    }),
    outputDays: setting(z.int().min(1).max(3_650), {
      fallback: 365,
      unit: 'days',
      doc: 'How long what operators were shown of the `ops` views is kept, sealed.',
    }),
  },
);
