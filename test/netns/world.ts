import { createSocket } from 'node:dgram';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';

/**
 * The rest of the internet, in a network namespace of its own: a name server that answers as it likes, servers that speak
 * TLS, and one that takes whatever comes. What reaches it is written down, a line each.
 */
const [directory = '', log = ''] = process.argv.slice(2);
const note = (line: string): void => appendFileSync(log, `${line}\n`);

/** Names by what they resolve to; of several sets each question takes the next. */
const NAMES = new Map<string, readonly (readonly string[])[]>([
  ['api.example.com', [['93.184.216.34']]],
  ['six.example.com', [['2606:2800:220:1::34']]],
  ['evil.example', [['93.184.216.66']]],
  [
    'rebind.example.com',
    [['93.184.216.34'], ['169.254.169.254'], ['10.99.0.1'], ['::ffff:10.99.0.1']],
  ],
  ['inside.example.com', [['10.99.0.1']]],
]);
const asked = new Map<string, number>();

const A = 1;
const AAAA = 28;

function answersOf(name: string, type: number): readonly Buffer[] {
  const sets = NAMES.get(name) ?? [];
  // Resolvers ask for both kinds of address at once; a set lasts for the two questions.
  const times = asked.get(name) ?? 0;
  asked.set(name, times + 1);
  const set = sets[Math.min(Math.floor(times / 2), sets.length - 1)] ?? [];
  return set
    .filter((address) => address.includes(':') === (type === AAAA))
    .map((address) =>
      type === AAAA ? bytesOfSix(address) : Buffer.from(address.split('.').map(Number)),
    );
}

function bytesOfSix(address: string): Buffer {
  const mapped = /^::ffff:(?<four>[\d.]+)$/u.exec(address)?.groups?.['four'];
  if (mapped !== undefined) {
    return Buffer.from([
      ...Array.from({ length: 10 }, () => 0),
      255,
      255,
      ...mapped.split('.').map(Number),
    ]);
  }
  const [left = '', right = ''] = address.split('::');
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(left), words(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 255]));
}

const names = createSocket('udp4');
names.on('message', (query, from) => {
  let at = 12;
  const labels: string[] = [];
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += size + 1;
  }
  const type = query.readUInt16BE(at + 1);
  const name = labels.join('.').toLowerCase();
  note(`dns ${name}`);
  const found = type === A || type === AAAA ? answersOf(name, type) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  head.writeUInt32BE(0, 8);
  const records = found.map((address) => {
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, address.length]);
    return Buffer.concat([record, address]);
  });
  names.send(
    Buffer.concat([head, query.subarray(12, at + 5), ...records]),
    from.port,
    from.address,
  );
});
names.bind(53, '93.184.216.53');

const tls = {
  cert: readFileSync(`${directory}/world.pem`),
  key: readFileSync(`${directory}/world.key`),
};
for (const address of [
  '93.184.216.34',
  '2606:2800:220:1::34',
  '93.184.216.66',
  '169.254.169.254',
  '10.99.0.1',
]) {
  createHttps(tls, (incoming, answer) => {
    note(`https ${address} ${incoming.url ?? ''}`);
    const away = /^\/to\/(?<host>.+)$/u.exec(incoming.url ?? '')?.groups?.['host'];
    if (away === undefined) answer.end(`hello from ${address}\n`);
    else answer.writeHead(302, { location: `https://${away}/taken` }).end();
  })
    .on('connection', () => note(`tcp ${address} 443`))
    .listen(443, address);
  createServer((socket) => {
    note(`tcp ${address} 80`);
    socket.end();
  }).listen(80, address);
}
process.stdout.write('ready\n');
