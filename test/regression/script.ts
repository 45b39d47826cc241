import { loadModule, parseSync, scanSync } from 'libpg-query';

await loadModule();

/**
 * The SELECTs of a psql script: backslash commands and COPY data are left out, statements are cut at semicolons by
 * PostgreSQL's own scanner, and only those its parser takes for one plain SELECT, VALUES or TABLE are kept.
 */
export function selectsOf(script: string): readonly string[] {
  return blocks(withoutPsql(script)).filter((text) => isSelect(text));
}

function withoutPsql(script: string): string {
  const kept: string[] = [];
  let inData = false;
  for (const line of script.split('\n')) {
    if (inData) inData = line !== '\\.';
    else if (line.startsWith('\\')) kept.push(';');
    else {
      kept.push(line.replace(/\s*\\(?:gset|gexec|crosstabview|gdesc|g)\b.*$/u, ';'));
      inData = /\bfrom\s+stdin\b.*;\s*$/iu.test(line);
    }
  }
  return kept.join('\n');
}

/** Cuts at top-level semicolons. A paragraph the scanner does not take (an unclosed quote on purpose) is dropped whole. */
function blocks(text: string): readonly string[] {
  return text.split(/\n\s*\n/u).flatMap((paragraph) => {
    try {
      return cut(paragraph);
    } catch {
      return [];
    }
  });
}

function cut(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  let from = 0;
  for (const token of scanSync(text).tokens) {
    if (token.text !== ';') continue;
    found.push(bytes.subarray(from, token.start).toString().trim());
    from = token.end;
  }
  return [...found, bytes.subarray(from).toString().trim()].filter((statement) => statement !== '');
}

function isSelect(text: string): boolean {
  try {
    const [first, ...rest] = parseSync(text).stmts ?? [];
    const select = (first?.stmt as { SelectStmt?: { intoClause?: unknown } } | undefined)
      ?.SelectStmt;
    return rest.length === 0 && select !== undefined && select.intoClause === undefined;
  } catch {
    return false;
  }
}
