import { byPattern } from './recogniser.ts';
import type { Recogniser } from './recogniser.ts';

/** What follows a label such as `password:` is taken as it is; labels may be within JSON or a URL. */
function labelled(labels: string): RegExp {
  return new RegExp(
    `(?<=(?<![\\p{L}\\p{N}])(?:${labels})["']?(?: ?[:=]{1,2}>? ?| (?:is|was) ?:? ?)["']?)[^\\s"',;]{3,256}`,
    'giu',
  );
}

const PASSWORD =
  'password|passwd|passphrase|passcode|pwd|pass|pin|secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|client[_ -]?secret';
const USERNAME = 'user[_ -]?name|user[_ -]?id|login|screen[_ -]?name';

/** The label alone, or behind other words: `db password`. */
function named(labels: string): RegExp {
  return new RegExp(`(?:^| )(?:${labels})$`, 'u');
}

/** Keys and passwords: what proves who somebody is. */
export const secrets: readonly Recogniser[] = [
  {
    form: 'password',
    digitless: true,
    entity: 'password',
    context: [],
    label: named(PASSWORD),
    find: byPattern(labelled(PASSWORD), 0.7),
  },
  {
    form: 'access-key',
    digitless: true,
    entity: 'password',
    context: ['key', 'token', 'secret', 'bearer'],
    find: byPattern(
      /(?<![\p{L}\p{N}_])(?:AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[\w-]{20,64}|sk_(?:live|test)_[A-Za-z0-9]{16,128}|rk_live_[A-Za-z0-9]{16,128}|sk-[A-Za-z0-9_-]{20,200}|sky-[\w-]{20,128}|xox[abprs]-[A-Za-z0-9-]{10,128}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}|privet_[a-z]{3}_[\w-]{20,200})(?![\p{L}\p{N}])/gu,
      0.95,
    ),
  },
  {
    form: 'json-web-token',
    digitless: true,
    entity: 'password',
    context: [],
    find: byPattern(/(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,8192}\.[\w-]{0,2048}/gu, 0.95),
  },
  {
    form: 'private-key',
    digitless: true,
    entity: 'password',
    context: [],
    find: byPattern(
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s:,]|-(?!-)){16,16384}?-----END [A-Z ]{0,30}PRIVATE KEY-----/gu,
      1,
    ),
  },
  {
    form: 'username',
    digitless: true,
    entity: 'username',
    context: [],
    label: named(USERNAME),
    find: byPattern(labelled(USERNAME), 0.6),
  },
];
