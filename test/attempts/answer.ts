/**
 * Reads the bytes a server sent after one message and says what came back, in the words attempts are written in:
 * `answer` with rows, `done`, or `refused SQLSTATE`. Written for tests only and apart from the product's own reader.
 */
export function answerOf(bytes: Buffer): string {
  const rows: string[] = [];
  let outcome = 'nothing';
  for (const frame of frames(bytes)) {
    if (frame.type === 'E') outcome = `refused ${errorField(frame.body, 'C')}`;
    if (frame.type === 'T' || frame.type === 'H') outcome = 'answer';
    if (frame.type === 'D') rows.push(cells(frame.body).join('|'));
    if (frame.type === 'd') rows.push(printable(frame.body.toString('latin1').replace(/\n$/u, '')));
    if (frame.type === 'C' && outcome === 'nothing') outcome = 'done';
    if (frame.type === 'I') outcome = 'empty';
  }
  return outcome.startsWith('refused') ? outcome : [outcome, ...rows].join('\n');
}

/** Bytes that are no printable ASCII as `\\xNN`, so that answers can be kept in text files. */
function printable(text: string): string {
  return text.replaceAll(/[^\t\n -~]/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** The text of the first error, for a person who reads a failing test. */
export function errorText(bytes: Buffer): string {
  for (const frame of frames(bytes)) if (frame.type === 'E') return errorField(frame.body, 'M');
  return '';
}

type Frame = { readonly type: string; readonly body: Buffer };

export function frames(bytes: Buffer): readonly Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const size = bytes.readUInt32BE(at + 1);
    found.push({
      type: String.fromCharCode(bytes[at] ?? 0),
      body: bytes.subarray(at + 5, at + 1 + size),
    });
    at += 1 + size;
  }
  return found;
}

function cells(body: Buffer): readonly string[] {
  const found: string[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const size = body.readInt32BE(at);
    at += 4;
    found.push(size < 0 ? '\\N' : body.subarray(at, at + size).toString('utf8'));
    at += Math.max(size, 0);
  }
  return found;
}

function errorField(body: Buffer, name: string): string {
  for (const field of body.toString('utf8').split('\0'))
    if (field.startsWith(name)) return field.slice(1);
  return '';
}
