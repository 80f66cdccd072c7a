/** A shorter text is no secret: masking every `abc` would make logs unreadable and hide nothing. */
export const MIN_SECRET = 4;
/** A shorter line of a multi-line value (`}`, `EOF`) is not masked by itself. */
const MIN_LINE = 6;

const HARMLESS = new Set(['true', 'false', 'null', 'none']);

/**
 * Every text under which a secret may turn up: raw, JSON-escaped (as JavaScript and as Go write it, also twice), HCL-escaped,
 * URL-encoded, in base64 at each of the three offsets, and each line of a multi-line value in the same forms. Secrets
 * shorter than four characters have no form: they are not masked.
 */
export function secretForms(secret: string): string[] {
  const forms = new Set<string>();
  const text = secret.toWellFormed();
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const parts = lines.length > 1 ? [text, text.trim(), ...lines.filter((line) => line.length >= MIN_LINE)] : [text];
  for (const part of parts) {
    if (part.length < MIN_SECRET || HARMLESS.has(part)) continue;
    for (const form of [part, ...escapedForms(part), ...urlForms(part), ...base64Forms(part)]) {
      if (form.length >= MIN_SECRET) forms.add(form);
    }
  }
  return [...forms];
}

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const goJson = json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  const hcl = json.replace(/[$%](?=\{)/g, (c) => c + c);
  return [json, goJson, JSON.stringify(json).slice(1, -1), JSON.stringify(goJson).slice(1, -1), hcl];
}

function urlForms(text: string): string[] {
  const loose = encodeURIComponent(text);
  const strict = loose.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const lower = (form: string) => form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
  // Go leaves these in a path segment as they are.
  const goPath = strict.replace(/%(24|26|2B|3A|3D|40)/g, (hex) => decodeURIComponent(hex));
  return [loose, strict, lower(strict), strict.replaceAll('%20', '+'), goPath];
}

/** Inside a longer base64 text a secret starts at one of three offsets; only characters it alone decides are kept. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const forms: string[] = [];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    for (const form of [encoded.slice(from, to), encoded.slice(from)]) {
      forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'), form.replace(/=+$/, ''));
    }
  }
  return forms;
}
