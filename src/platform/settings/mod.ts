/**
 * Settings: one `privet.yaml` with environment variables over it, checked at start. A part lists its settings with name,
 * default, unit and a sentence (`group`, `setting`, `secretSetting`); a program loads the lists it needs. Secrets come
 * only from the environment or from files. `docs/configuration.md` is made from the same lists.
 */
export { group, secretSetting, setting, variableOf } from './definition.ts';
export type { SettingGroup, SettingValues } from './definition.ts';
export { documentSettings } from './document.ts';
export { loadSettings, settingsFileIn } from './load.ts';
export type { LoadOptions, Settings } from './load.ts';
export { nearest } from './nearest.ts';
export { prefixesOfOthers, SETTING_PREFIXES } from './prefixes.ts';
