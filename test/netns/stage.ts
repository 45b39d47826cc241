import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

/** Why network namespaces cannot be made here, or null when they can. */
export function whyNoNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    ip('netns', 'add', 'privet-probe');
    ip('netns', 'del', 'privet-probe');
    return null;
  } catch {
    return 'network namespaces cannot be made (iproute2, CAP_SYS_ADMIN)';
  }
}

export function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export type Namespaces = {
  readonly names: { readonly work: string; readonly plane: string; readonly world: string };
  /** Starts a program in a namespace; it ends with `end`. */
  start(
    name: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcess;
  /** Runs a program in a namespace to its end and gives what it wrote, whatever its exit code. */
  run(name: string, command: readonly string[], env?: Readonly<Record<string, string>>): string;
  end(): void;
};

/**
 * Three namespaces in a row: a workload, the plane, the world. The workload's only link ends at the plane, which does not
 * forward; the plane's resolver is in the world.
 */
export function openNamespaces(tag: string): Namespaces {
  const names = { work: `${tag}-work`, plane: `${tag}-plane`, world: `${tag}-world` };
  const children: ChildProcess[] = [];
  const end = (): void => {
    for (const child of children) child.kill('SIGKILL');
    for (const name of Object.values(names)) {
      try {
        ip('netns', 'del', name);
      } catch {
        // It was not made.
      }
      rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
    }
  };
  try {
    for (const name of Object.values(names)) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    link(
      [names.work, 'out', ['10.30.0.2/30', 'fd30::2/64']],
      [names.plane, 'inner', ['10.30.0.1/30', 'fd30::1/64']],
    );
    link(
      [
        names.plane,
        'outer',
        ['93.184.216.1/24', '2606:2800:220:1::1/64', '10.99.0.9/24', '169.254.169.1/24'],
      ],
      [
        names.world,
        'in',
        [
          '93.184.216.34/24',
          '93.184.216.53/24',
          '93.184.216.66/24',
          '2606:2800:220:1::34/64',
          '10.99.0.1/24',
          '169.254.169.254/24',
        ],
      ],
    );
    // The world would answer the workload, if only a packet of it came.
    ip('-n', names.world, 'route', 'add', '10.30.0.0/30', 'via', '93.184.216.1');
    ip('-n', names.world, '-6', 'route', 'add', 'fd30::/64', 'via', '2606:2800:220:1::1');
    for (const [key, value] of [
      ['net.ipv4.ip_forward', '0'],
      ['net.ipv6.conf.all.forwarding', '0'],
    ]) {
      execFileSync('ip', [
        'netns',
        'exec',
        names.plane,
        'sh',
        '-c',
        `echo ${value} > /proc/sys/${key?.replaceAll('.', '/')}`,
      ]);
    }
    mkdirSync(`/etc/netns/${names.plane}`, { recursive: true });
    writeFileSync(
      `/etc/netns/${names.plane}/resolv.conf`,
      'nameserver 93.184.216.53\noptions timeout:1 attempts:1\n',
    );
    mkdirSync(`/etc/netns/${names.work}`, { recursive: true });
    writeFileSync(
      `/etc/netns/${names.work}/resolv.conf`,
      'nameserver 93.184.216.53\noptions timeout:1 attempts:1\n',
    );
  } catch (thrown) {
    end();
    throw thrown;
  }
  const inside = (name: string, command: readonly string[]) => ['netns', 'exec', name, ...command];
  return {
    names,
    start(name, command, env) {
      const child = spawn('ip', inside(name, command), {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      return child;
    },
    run(name, command, env = {}) {
      try {
        return execFileSync('ip', inside(name, command), {
          env: { PATH: process.env['PATH'], ...env },
          encoding: 'utf8',
          timeout: 20_000,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } catch (thrown) {
        const { stdout, stderr } = thrown as { stdout?: string; stderr?: string };
        return `${stdout ?? ''}${stderr ?? ''}`;
      }
    },
    end,
  };
}

type End = readonly [namespace: string, device: string, addresses: readonly string[]];

function link(left: End, right: End): void {
  ip(
    'link',
    'add',
    left[1],
    'netns',
    left[0],
    'type',
    'veth',
    'peer',
    'name',
    right[1],
    'netns',
    right[0],
  );
  for (const [namespace, device, addresses] of [left, right]) {
    for (const address of addresses) {
      const six = address.includes(':') ? ['nodad'] : [];
      ip('-n', namespace, 'addr', 'add', address, 'dev', device, ...six);
    }
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
}
