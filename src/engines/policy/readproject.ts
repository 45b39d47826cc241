import type { ProjectDocument, PurposeDocument } from './document.ts';
import type { Head } from './readpolicy.ts';
import type { Fields, Reader } from './reader.ts';
import { readSources } from './readtarget.ts';

type Body = { readonly reader: Reader; readonly fields: Fields; readonly head: Head };

/** Reads what stands beside the head of a Project. */
export function readProject({ reader, fields, head }: Body): ProjectDocument {
  const sources = fields.required('sources', (n, p) => readSources(reader, n, p));
  const purposes = fields.optional('purposes', (n, p) => reader.names(n, p, 'purpose'));
  const maskedJoins = fields.optional('maskedJoins', (n, p) => reader.boolean(n, p));
  return {
    kind: 'Project',
    ...head,
    sources: sources ?? [],
    purposes: purposes ?? [],
    maskedJoins: maskedJoins ?? false,
  };
}

/** Reads what stands beside the head of a Purpose. */
export function readPurpose({ reader, fields, head }: Body): PurposeDocument {
  const statement = fields.required('statement', (n, p) => reader.word(n, p)) ?? '';
  const { name, description } = head;
  return { kind: 'Purpose', name, description, statement };
}
