import type { Command } from 'commander';
import { addCompletion } from './completioncommand.ts';
import { addGroups } from './groupcommand.ts';
import type { Cli } from './leaf.ts';
import { addLogin } from './logincommand.ts';
import { addSetup } from './setupcommand.ts';
import { addTokens } from './tokencommand.ts';
import { addUsers } from './usercommand.ts';

/** Hangs every command into the tree, in the order `--help` lists them. */
export function addCommands(cli: Cli, program: Command): void {
  program.commandsGroup('Sign in:');
  addSetup(cli, program);
  addLogin(cli, program);
  program.commandsGroup('People:');
  addUsers(cli, program);
  addGroups(cli, program);
  addTokens(cli, program);
  program.commandsGroup('Shell:');
  addCompletion(cli, program);
}
