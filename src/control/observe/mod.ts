/**
 * Whether the data is right, from metadata alone: what fails (incidents), who is told and how (alerts, channels), what is
 * made of what (lineage). It takes in what collectors of planes tell and holds no value of any row; the shape of what may
 * leave in an alert is closed (alertcontent.ts). Why it is so: docs/design/observatory.md.
 */
export { SIGNAL_KINDS } from './alertcontent.ts';
export { listAlerts, tryChannel } from './alertlist.ts';
export { alertRuleShape, listAlertRules, replaceAlertRules } from './alertrule.ts';
export { addChannel, changeChannel, findChannel, listChannels, removeChannel } from './channel.ts';
export type { Channel } from './channel.ts';
export { channelSettingsShape } from './channelsettings.ts';
export { acknowledge, assign, findIncident, listIncidents, resolve } from './incidentstate.ts';
export { healthOf } from './health.ts';
export { lineageOf } from './lineage.ts';
export { listMutes, mute, unmute } from './mute.ts';
export { openObservatory } from './observatory.ts';
export { takeObserved } from './observed.ts';
export type { SecretKeys } from './seal.ts';
export { SEVERITIES } from './severity.ts';
export { reportData } from './report.ts';
export { scoreWaiting } from './scoring.ts';
export { chooseScoring, findSeries, listSeries } from './series.ts';
export { sayFeedback, simulateAll, simulateSeries, unsayFeedback } from './series.ts';
export { scoringShape } from './scoringsettings.ts';
export { changeSetting, readSetting, retentionShape } from './setting.ts';
export { notePresence } from './monitorsilence.ts';
export { noteUsage, usageOf, usageOfSource } from './usage.ts';
