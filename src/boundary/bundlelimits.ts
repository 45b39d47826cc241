/** The whole bundle: 10,000 subjects and 100,000 columns weigh about a third of this. */
export const BUNDLE_BYTES_MAX = 128 * 1024 * 1024;
/** Names people give: of subjects, groups, attributes, tags, projects, purposes, qualified sources. */
export const NAME_MAX = 256;
/** A description or a column comment; longer ones belong in a wiki. */
export const DESCRIPTION_MAX = 8 * 1024;
/** A type as PostgreSQL writes it: `schema.name(modifiers)[]`, both names at their longest, quoted. */
export const TYPE_MAX = 320;
/** One policy, project or purpose document. */
export const DOCUMENT_MAX = 256 * 1024;

export const SUBJECTS_MAX = 200_000;
export const POLICIES_MAX = 20_000;
export const PROJECTS_MAX = 20_000;
export const PURPOSES_MAX = 5_000;
export const SOURCES_MAX = 100_000;
/** PostgreSQL's MaxHeapAttributeNumber; views have the same limit (MaxTupleAttributeNumber is 1,664). */
export const COLUMNS_MAX = 1_664;
export const GROUPS_MAX = 1_000;
export const ATTRIBUTES_MAX = 200;
export const TOKENS_MAX = 100;
export const TAGS_MAX = 200;
export const OWNERS_MAX = 100;
/** Roles at all vaults of one plane. */
export const ROLES_MAX = 20_000;
/** Networks one service account may come from. */
export const NETWORKS_MAX = 100;
export const IDENTITY_KEYS_MAX = 16;
