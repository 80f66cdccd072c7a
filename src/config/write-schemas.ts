import { writeFileSync } from 'node:fs';
import { schemaFiles } from './json-schema.ts';

// `npm run schemas`: writes the published JSON Schemas; a test says when they are not current.
for (const [name, text] of Object.entries(schemaFiles())) {
  writeFileSync(new URL(`../../schemas/${name}`, import.meta.url), text);
}
