/**
 * Who may sign in to Privet and what they are: people, service accounts, groups, attributes, permissions; passwords,
 * tokens, sessions and the identity tokens planes verify; the planes themselves; the trail of what people did here.
 * Not who may see data: that is policy. Every change runs in a `Work` and writes its act in the same transaction.
 */
export { listActs, pendingActs, recordAct } from './act.ts';
export type { ActDetails, ActFilter, ActionName, ActRecord } from './act.ts';
export { ACCOUNT_FAILURES_MAX, ADDRESS_FAILURES_MAX, LOCK_OUT_MINUTES } from './attempt.ts';
export { setAttribute } from './attribute.ts';
export { bundleSubjects } from './entitlement.ts';
export { lineOf, planeName, subjectName } from './name.ts';
export { issueIdentityToken } from './passport.ts';
export type { IdentityToken } from './passport.ts';
export { PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN } from './password.ts';
export {
  grantPermission,
  isPermission,
  PERMISSION_MEANINGS,
  revokePermission,
} from './permission.ts';
export { authenticatePlane, enrolPlane, ensureLocalPlane, findPlane } from './plane.ts';
export { listPlanes, pinPlane } from './plane.ts';
export { notePlane, rollPlaneToken, setPlaneState } from './plane.ts';
export type { KnownPlane, LocalPlane, Plane, PlaneSpec } from './plane.ts';
export { digestOf, newSecret } from './secret.ts';
export { CHANGE_CHANNEL, currentRevision, touch } from './revision.ts';
export type { Revision } from './revision.ts';
export { authenticate, endSession, listSessions } from './session.ts';
export { SESSION_HOURS_MAX, SESSION_IDLE_MINUTES } from './session.ts';
export type { Caller, Session, SessionKind } from './session.ts';
export { completeSetup, needsSetup, prepareSetup } from './setup.ts';
export { confirmPassword, signIn } from './signin.ts';
export type { SignedIn } from './signin.ts';
export { newSigningKey, openSigningKey } from './signingkey.ts';
export type { SigningKey } from './signingkey.ts';
export { createSubject, findSubject, listSubjects, removeSubject } from './subject.ts';
export { setDisplayName, setPassword, setSubjectState } from './subject.ts';
export type { Subject, SubjectKind, SubjectState } from './subject.ts';
export { createTeam, findTeam, joinTeam, leaveTeam, listTeams, removeTeam } from './team.ts';
export type { Team } from './team.ts';
export { createToken, listTokens, revokeToken } from './token.ts';
export { TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX } from './token.ts';
export type { NewToken, Token } from './token.ts';
export { BY_ITSELF, inWork, momentOf, PRIVET } from './work.ts';
export type { Actor, Asker, Office, RandomSource, Work } from './work.ts';
