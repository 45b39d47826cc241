import manifest from '../../../package.json' with { type: 'json' };
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), manifest.version);
