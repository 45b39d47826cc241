import type { Command } from 'commander';
import { addAlerts } from './alertcommand.ts';
import { addChannels } from './channelcommand.ts';
import { addHealth } from './healthcommand.ts';
import { addIncidents } from './incidentcommand.ts';
import { branch } from './leaf.ts';
import type { Cli } from './leaf.ts';
import { addReport } from './reportcommand.ts';
import { addSeries } from './seriescommand.ts';
import { addMonitors } from './monitorcommand.ts';
import { addUpload } from './uploadcommand.ts';
import { addWarehouses } from './warehousecommand.ts';
import { addSettings } from './settingscommand.ts';

/** `privet observe …`: what is watched, by whom it is measured, what was found. */
export function addObserve(cli: Cli, program: Command): void {
  const observe = branch(program, 'observe', 'data quality: warehouses, monitors, what they find');
  addWarehouses(cli, observe);
  addMonitors(cli, observe);
  addUpload(cli, observe);
  addIncidents(cli, observe);
  addHealth(cli, observe);
  addSeries(cli, observe);
  addReport(cli, observe);
  addAlerts(cli, observe);
  addChannels(cli, observe);
  addSettings(cli, observe);
}
