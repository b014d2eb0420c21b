/**
 * Looks at an OpenAPI 3.1 document by itself, whatever routes it was made of: references, parameters, operations, and each
 * schema by the vocabulary of JSON Schema 2020-12 (but if, then and else, which nothing here says).
 */
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];
const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'];

const isSchema = (value: unknown): boolean => typeof value === 'boolean' || isObject(value);
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
const areSchemas = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isSchema);
const namedSchemas = (value: unknown): boolean => isObject(value) && Object.values(value).every(isSchema);
const isPattern = (value: unknown): boolean => {
  try {
    new RegExp(String(value), 'u');
    return isText(value);
  } catch {
    return false;
  }
};

/** What a keyword of a schema may hold; any other keyword is a mistake of ours. */
const KEYWORDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: (value) =>
    (Array.isArray(value) ? areTexts(value) : true) && [value].flat().every((one) => TYPES.includes(String(one))),
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: () => true,
  ...{
    multipleOf: isNumber,
    maximum: isNumber,
    exclusiveMaximum: isNumber,
    minimum: isNumber,
    exclusiveMinimum: isNumber,
  },
  ...{ maxLength: isCount, minLength: isCount, maxItems: isCount, minItems: isCount },
  ...{ maxProperties: isCount, minProperties: isCount, uniqueItems: isFlag },
  ...{ pattern: isPattern, format: isText, title: isText, description: isText, $ref: isText, $id: isText },
  ...{ default: () => true, examples: Array.isArray, deprecated: isFlag, readOnly: isFlag, writeOnly: isFlag },
  ...{ required: areTexts, properties: namedSchemas, $defs: namedSchemas },
  patternProperties: (value) => namedSchemas(value) && Object.keys(value as Json).every(isPattern),
  ...{ additionalProperties: isSchema, propertyNames: isSchema, items: isSchema, contains: isSchema, not: isSchema },
  ...{ prefixItems: areSchemas, allOf: areSchemas, anyOf: areSchemas, oneOf: areSchemas },
};
const WITH_NAMED_SCHEMAS = ['properties', '$defs', 'patternProperties'];
const WITH_SCHEMAS = ['prefixItems', 'allOf', 'anyOf', 'oneOf'];
const WITH_SCHEMA = ['additionalProperties', 'propertyNames', 'items', 'contains', 'not'];

/** All that is wrong with a document, one sentence each; empty when nothing is. */
export function complaintsAbout(document: Json): readonly string[] {
  const complaints: string[] = [];
  const complain = (where: string, what: string): void => void complaints.push(`${where}: ${what}`);

  function resolves(reference: string): boolean {
    if (!reference.startsWith('#/')) return reference === '#';
    let at: unknown = document;
    for (const part of reference.slice(2).split('/')) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      at = isObject(at) || Array.isArray(at) ? (at as Json)[name] : undefined;
    }
    return at !== undefined;
  }

  function checkSchema(where: string, schema: unknown): void {
    if (!isObject(schema)) {
      if (!isSchema(schema)) complain(where, 'is no schema');
      return;
    }
    for (const [keyword, value] of Object.entries(schema)) {
      const test = KEYWORDS[keyword];
      if (test === undefined) complain(where, `keyword ${keyword} is not known`);
      else if (!test(value)) complain(where, `${keyword} holds ${JSON.stringify(value)}`);
      const inner = [
        ...(WITH_SCHEMA.includes(keyword) ? [value] : []),
        ...(WITH_SCHEMAS.includes(keyword) && Array.isArray(value) ? value : []),
        ...(WITH_NAMED_SCHEMAS.includes(keyword) && isObject(value) ? Object.values(value) : []),
      ];
      for (const one of inner) checkSchema(`${where}/${keyword}`, one);
    }
    const known = isObject(schema.properties) ? Object.keys(schema.properties) : null;
    if (known !== null && Array.isArray(schema.required))
      for (const name of schema.required)
        if (!known.includes(String(name))) complain(where, `requires unknown ${name}`);
  }

  function checkReferences(where: string, value: unknown): void {
    if (Array.isArray(value)) for (const one of value) checkReferences(where, one);
    if (!isObject(value)) return;
    if (typeof value.$ref === 'string' && !resolves(value.$ref)) complain(where, `${value.$ref} leads nowhere`);
    for (const one of Object.values(value)) checkReferences(where, one);
  }

  function checkContent(where: string, holder: unknown): void {
    if (!isObject(holder)) {
      complain(where, 'is missing');
      return;
    }
    if (!isText(holder.description) && holder.$ref === undefined && !where.endsWith('body'))
      complain(where, 'has no description');
    for (const [type, media] of Object.entries(isObject(holder.content) ? holder.content : {})) {
      if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(type)) complain(where, `${type} is no media type`);
      checkSchema(`${where} ${type}`, isObject(media) ? media.schema : undefined);
    }
  }

  const ids = new Map<string, string>();
  function checkOperation(path: string, method: string, operation: Json): void {
    const where = `${method} ${path}`;
    const id = String(operation.operationId);
    if (!/^[A-Za-z0-9_-]+$/.test(id)) complain(where, `operationId ${id} is no name`);
    if (ids.has(id)) complain(where, `operationId ${id} is that of ${ids.get(id)}, too`);
    ids.set(id, where);
    if (!isText(operation.summary) || operation.summary === '') complain(where, 'has no summary');
    const parameters = (operation.parameters ?? []) as readonly Json[];
    const names = parameters.map((one) => `${one.in} ${one.name}`);
    if (new Set(names).size !== names.length) complain(where, 'declares a parameter twice');
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => `path ${match[1]}`);
    for (const name of inPath) if (!names.includes(name)) complain(where, `${name} is not declared`);
    for (const one of parameters) {
      const name = `${one.in} ${one.name}`;
      if (one.in === 'path' && !inPath.includes(name)) complain(where, `${name} is not in the path`);
      if (one.in === 'path' && one.required !== true) complain(where, `${name} must be required`);
      if (!['path', 'query', 'header', 'cookie'].includes(String(one.in))) complain(where, `${name} is nowhere`);
      checkSchema(`${where} ${name}`, one.schema);
    }
    if (operation.requestBody !== undefined) checkContent(`${where} body`, operation.requestBody);
    const responses = isObject(operation.responses) ? Object.entries(operation.responses) : [];
    if (responses.length === 0) complain(where, 'answers nothing');
    for (const [status, response] of responses) {
      if (!/^([1-5]\d\d|[1-5]XX|default)$/.test(status)) complain(where, `${status} is no status`);
      checkContent(`${where} ${status}`, response);
    }
  }

  if (!/^3\.1\.\d+$/.test(String(document.openapi))) complain('openapi', String(document.openapi));
  const info = isObject(document.info) ? document.info : {};
  for (const name of ['title', 'version']) if (!isText(info[name])) complain('info', `${name} is missing`);
  const templates = new Map<string, string>();
  for (const [path, methods] of Object.entries(isObject(document.paths) ? document.paths : {})) {
    if (!path.startsWith('/') || path.includes(':')) complain(path, 'is no path');
    const template = path.replace(/\{\w+\}/g, '{}');
    if (templates.has(template)) complain(path, `cannot be told from ${templates.get(template)}`);
    templates.set(template, path);
    for (const [method, operation] of Object.entries(isObject(methods) ? methods : {}))
      if (METHODS.includes(method) && isObject(operation)) checkOperation(path, method, operation);
      else complain(path, `${method} is no operation`);
  }
  const components = isObject(document.components) ? document.components.schemas : {};
  for (const [name, schema] of Object.entries(isObject(components) ? components : {})) checkSchema(name, schema);
  checkReferences('document', document);
  return complaints;
}
