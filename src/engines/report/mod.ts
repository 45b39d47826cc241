/**
 * The data report: what is wrong, how well the data is, what is made of what and who uses it, as one HTML file that loads
 * nothing. Pure: data in, text out. What it shows is collected by `control/observe`; the console reuses its pictures. Why it
 * looks as it does: docs/design/observatory.md.
 */
export { healthShape, reportShape } from './data.ts';
export type { ReportData } from './data.ts';
export { renderReport } from './page.ts';
