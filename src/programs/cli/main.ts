import manifest from '../../../package.json' with { type: 'json' };
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// Whoever reads may have had enough (`| head`): nothing is left to say, and nothing went wrong.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), manifest.version);
