/** The bits of an address, and how many there are; null when it is none. */
type Bits = { readonly value: bigint; readonly size: 32 | 128 };

/** Whether an IPv4 or IPv6 address lies in a network written `address/prefix`. IPv4 in IPv6 counts as IPv4 (RFC 4291 §2.5.5.2). */
export function isWithin(address: string, network: string): boolean {
  const [base = '', prefixText = ''] = network.split('/');
  const [inside, start] = [bitsOf(address), bitsOf(base)];
  const prefix = Number(prefixText);
  if (inside === null || start === null || inside.size !== start.size) return false;
  if (!/^\d{1,3}$/u.test(prefixText) || prefix > start.size) return false;
  const rest = BigInt(start.size - prefix);
  return inside.value >> rest === start.value >> rest;
}

function bitsOf(address: string): Bits | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/iu, '').replace(/%.*$/u, '');
  return plain.includes(':') ? bitsOfSix(plain) : bitsOfFour(plain);
}

function bitsOfFour(address: string): Bits | null {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/u.test(part) && Number(part) < 256)) {
    return null;
  }
  return { value: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n), size: 32 };
}

function bitsOfSix(address: string): Bits | null {
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return null;
  const groups = (text: string | undefined) =>
    text === undefined || text === '' ? [] : text.split(':');
  const [left, right] = [groups(head), groups(tail)];
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/iu.test(group))) return null;
  return {
    value: all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n),
    size: 128,
  };
}

/** As leaves hold it. */
export function addressOf(ip: string): string | null {
  return /^[0-9a-fA-F.:]{2,45}$/u.test(ip) ? ip : null;
}
