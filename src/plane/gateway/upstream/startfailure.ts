import { Problem } from '#base/problem';
import { answer } from '#engines/pgwire';

/** Why a source would not start a session, by its SQLSTATE; its text stays with the operator. */
export function startFailure(body: Uint8Array): Problem {
  const report = answer.decodeReport(body);
  const state = report.get('C') ?? '';
  const cause = new Error(`${state} ${report.get('M') ?? ''}`);
  if (state.startsWith('28')) {
    return new Problem('unavailable', 'source refuses the credential of Privet', { cause });
  }
  if (state === '3D000')
    return new Problem('unavailable', 'source has no such database', { cause });
  if (state === '53300') {
    return new Problem('unavailable', 'source has no connection left', {
      cause,
      hint: 'raise max_connections at the source or close sessions',
    });
  }
  return new Problem('unavailable', `source refuses a session (${state})`, { cause });
}
