import type { StateVersionList } from '../contract.ts';
import { ago } from './ago.ts';
import { clean } from './clean.ts';
import { plainPaint } from './paint.ts';
import type { TextOptions } from './run-text.ts';
import { renderTable } from './table.ts';

/** Kept versions of a state as a table, the current one first. */
export function renderStateVersionsText(list: StateVersionList, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const stack = clean(list.stack);
  if (list.versions.length === 0) return `Holdfast keeps no state of ${stack}.\n`;
  const head = ['SERIAL', 'WRITTEN', 'BY', 'SIZE', 'ENGINE', 'LINEAGE', 'SHA-256'];
  const rows = list.versions.map((version) => [
    { text: String(version.serial), paint: paint.strong },
    ago(version.created_at, options.now),
    clean(version.who, 60),
    sizeText(version.size),
    clean(version.terraform_version ?? '-', 20),
    clean(version.lineage, 36),
    clean(version.digest).slice(0, 12),
  ]);
  const table = renderTable([head.map((text) => ({ text, paint: paint.faint })), ...rows], options.width);
  const way = `holdfast state pull ${stack} --serial N prints one, holdfast state restore ${stack} --serial N makes it current`;
  return `${table}${paint.faint(way)}\n`;
}

/** `812 B`, `3.4 KB`, `12 MB`. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KB'] : [bytes / 1024 ** 2, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
