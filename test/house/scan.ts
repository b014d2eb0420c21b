import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One import or re-export of a file. `target` is the path from the root of the repository, or the name of a package. */
export interface Import {
  readonly specifier: string;
  readonly target: string;
  readonly isRelative: boolean;
  readonly isDynamic: boolean;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly lines: number;
  /** The code without comments and without what stands in strings. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Regular expressions may follow these; after anything else a slash divides. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|of|in|do|else|await|yield))\s*$/;

/** Blanks comments, and the inside of strings when `keepStrings` is false. Line breaks stay. */
export function strip(text: string, keepStrings: boolean): string {
  let out = '';
  let index = 0;
  /** Depth of braces at which each open `${` ends. */
  const templates: number[] = [];
  let depth = 0;
  const blank = (piece: string) => piece.replace(/[^\n]/g, ' ');
  const readTemplate = (start: number): number => {
    let end = start;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1;
    const piece = text.slice(start, end);
    out += keepStrings ? piece : blank(piece);
    if (text[end] === '`') {
      out += '`';
      return end + 1;
    }
    out += text.slice(end, end + 2);
    templates.push(depth);
    return end + 2;
  };
  while (index < text.length) {
    const char = text[index] ?? '';
    const rest = text.slice(index, index + 2);
    if (rest === '//' || rest === '/*') {
      const found = rest === '//' ? text.indexOf('\n', index) : text.indexOf('*/', index + 2) + 2;
      const end = found < index ? text.length : found;
      out += blank(text.slice(index, end));
      index = end;
    } else if (char === "'" || char === '"') {
      let end = index + 1;
      while (end < text.length && text[end] !== char && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
      const inside = text.slice(index + 1, end);
      out += char + (keepStrings ? inside : blank(inside)) + char;
      index = end + 1;
    } else if (char === '`') {
      out += '`';
      index = readTemplate(index + 1);
    } else if (char === '/' && BEFORE_PATTERN.test(out.slice(-20))) {
      const pattern = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/.exec(text.slice(index))?.[0] ?? char;
      out += pattern === char ? char : `/${' '.repeat(Math.max(pattern.length - 2, 0))}/`;
      index += pattern.length;
    } else if (char === '}' && templates.at(-1) === depth) {
      templates.pop();
      out += char;
      index = readTemplate(index + 1);
    } else {
      if (char === '{') depth++;
      if (char === '}') depth--;
      out += char;
      index++;
    }
  }
  return out;
}

const STATIC = /(?:^|[;\n}])\s*(import|export)\s+(?:(type)\s+)?([^'";]*?\bfrom\s*)?(['"])([^'"\n]+)\4/g;
const DYNAMIC = /\bimport\s*\(\s*(['"`])([^'"`\n]+)\1/g;

/** All imports of a file. `import { type A, type B }` counts as type-only, since nothing of it is left when compiled. */
export function importsOf(filePath: string, text: string): Import[] {
  const code = strip(text, true);
  const found: Import[] = [];
  const add = (specifier: string, isDynamic: boolean, isTypeOnly: boolean) => {
    const isRelative = specifier.startsWith('.');
    const target = isRelative ? path.posix.join(path.posix.dirname(filePath), specifier) : specifier;
    found.push({ specifier, target, isRelative, isDynamic, isTypeOnly });
  };
  for (const [, word, type, clause, , specifier] of code.matchAll(STATIC)) {
    if (specifier === undefined || (word === 'export' && clause === undefined)) continue;
    const names = /^\s*\{([^}]*)\}\s*from\s*$/.exec(clause ?? '')?.[1]?.split(',') ?? [];
    const allTypes = names.some((name) => name.trim() !== '') && names.every((name) => /^\s*(type\s|$)/.test(name));
    add(specifier, false, type !== undefined || allTypes);
  }
  for (const [, , specifier] of code.matchAll(DYNAMIC)) if (specifier !== undefined) add(specifier, true, false);
  return found;
}

/** Reads every TypeScript file below a folder of the repository; an absent folder has none. */
export function scan(root: string, folder: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (directory: string) => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      const entryPath = `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'dist') visit(entryPath);
      } else if (/\.tsx?$/.test(entry.name)) {
        const text = readFileSync(path.join(root, entryPath), 'utf8');
        const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
        files.push({ path: entryPath, lines, code: strip(text, false), imports: importsOf(entryPath, text) });
      }
    }
  };
  try {
    visit(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return files;
}
