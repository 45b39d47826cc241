import type { Command } from 'commander';
import { addCompletion } from './completioncommand.ts';
import { addDecisions } from './decisioncommand.ts';
import { addGroups } from './groupcommand.ts';
import type { Cli } from './leaf.ts';
import { addLogin } from './logincommand.ts';
import { addPlanes } from './planescommand.ts';
import { addPolicies } from './policycommand.ts';
import { addPrograms } from './programcommand.ts';
import { addProjects } from './projectcommand.ts';
import { addPsql } from './psqlcommand.ts';
import { addSetup } from './setupcommand.ts';
import { addSources } from './sourcecommand.ts';
import { addStatus } from './statuscommand.ts';
import { addTags } from './tagcommand.ts';
import { addTokens } from './tokencommand.ts';
import { addUsers } from './usercommand.ts';

/** Hangs every command into the tree, in the order `--help` lists them. */
export function addCommands(cli: Cli, program: Command): void {
  program.commandsGroup('Run:');
  addPrograms(cli, program);
  addStatus(cli, program);
  program.commandsGroup('Sign in:');
  addSetup(cli, program);
  addLogin(cli, program);
  program.commandsGroup('People:');
  addUsers(cli, program);
  addGroups(cli, program);
  addTokens(cli, program);
  program.commandsGroup('Data:');
  addSources(cli, program);
  addTags(cli, program);
  addPsql(cli, program);
  program.commandsGroup('Policy:');
  addPolicies(cli, program);
  addProjects(cli, program);
  addDecisions(cli, program);
  program.commandsGroup('Operation:');
  addPlanes(cli, program);
  addCompletion(cli, program);
}
