import { z } from 'zod';
import { endpointFrom, localAddress } from '#platform/http';
import { group, setting } from '#platform/settings';
import type { Settings } from '#platform/settings';

/** What `up` itself must know of settings that other programs check: where people reach the plane it starts. */
const planeDoorSettings = group('plane', 'The data plane.', {
  listen: setting(z.string(), {
    fallback: '127.0.0.1:7081',
    doc: 'Address and port of its HTTPS API.',
  }),
});

/** What a person said about the same thing in so many words; empty when nobody did. */
const localPlaneSettings = group('control', 'The control plane.', {
  localPlaneUrl: setting(z.string(), {
    fallback: '',
    doc: 'Address of the API of the plane on the same machine.',
  }),
});

/** Groups of which `up` reads what it needs for `planeUrlFrom`; the programs themselves read and check the rest. */
export const PLANE_DOOR = [planeDoorSettings, localPlaneSettings];

/** Where people's browsers and the command line reach the plane: what somebody said, else where it will listen. */
export function planeUrlFrom(settings: Settings): string {
  const { localPlaneUrl } = settings.of(localPlaneSettings);
  if (localPlaneUrl !== '') return localPlaneUrl;
  const { host, port } = endpointFrom(settings.of(planeDoorSettings).listen, 'plane.listen');
  return localAddress(host, port);
}
