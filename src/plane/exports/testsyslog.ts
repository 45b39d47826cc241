import assert from 'node:assert/strict';

/** One message as a strict reader of RFC 5424 §6 sees it. */
export type SyslogMessage = {
  readonly facility: number;
  readonly severity: number;
  readonly time: string;
  readonly hostname: string;
  readonly msgid: string;
  readonly structured: string;
  readonly message: string;
};

const NAME = '[\\x21-\\x7e]';
const SD_NAME = '[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}';
const SD = `-|(?:\\[${SD_NAME}(?: ${SD_NAME}="(?:[^"\\\\\\]]|\\\\["\\\\\\]])*")*\\])+`;
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)';
const MESSAGE = new RegExp(
  `^<(?<pri>0|[1-9]\\d{0,2})>1 (?<time>${TIME}) (?<host>${NAME}{1,255}) (?<app>${NAME}{1,48}) (?<proc>${NAME}{1,128}) (?<msgid>${NAME}{1,32}) (?<sd>${SD}) (?<text>.*)$`,
  'su',
);

/** Reads frames of RFC 5425 (`MSG-LEN SP SYSLOG-MSG`) as strictly as they are defined; fails on anything else. */
export function readFrames(bytes: Buffer): readonly SyslogMessage[] {
  const found: SyslogMessage[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const length = /^(?<size>[1-9]\d{0,6}) /u.exec(rest.toString('latin1', 0, 9))?.groups?.['size'];
    assert.ok(length !== undefined, 'a frame begins with its length');
    const from = length.length + 1;
    const size = Number(length);
    assert.ok(rest.length >= from + size, 'a frame is whole');
    found.push(readMessage(rest.toString('utf8', from, from + size)));
    rest = rest.subarray(from + size);
  }
  return found;
}

function readMessage(text: string): SyslogMessage {
  const groups =
    MESSAGE.exec(text)?.groups ?? assert.fail(`no syslog message: ${text.slice(0, 90)}`);
  const priority = Number(groups['pri']);
  assert.ok(priority <= 191, 'PRIVAL is at most 191');
  return {
    facility: Math.floor(priority / 8),
    severity: priority % 8,
    time: groups['time'] ?? '',
    hostname: groups['host'] ?? '',
    msgid: groups['msgid'] ?? '',
    structured: groups['sd'] ?? '',
    message: groups['text'] ?? '',
  };
}
