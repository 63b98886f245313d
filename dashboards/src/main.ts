// Writes the dashboards:  main.js FOLDER
import * as fs from 'node:fs';
import * as path from 'node:path';

import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { backend } from './backend';
import { control } from './control';
import { fleet } from './fleet';

// Panels are numbered in the order in which they stand.
function numbered(built: dashboard.Dashboard): dashboard.Dashboard {
  built.panels?.forEach((panel, i) => {
    panel.id = i + 1;
  });
  return built;
}

// The SDK hides links and annotations in a menu, and gives each variable what only those of
// intervals have.
const UNWANTED = ['placement:inControlsMenu', 'auto:false', 'auto_min:10s', 'auto_count:30'];
const wanted = (key: string, value: unknown) =>
  UNWANTED.includes(`${key}:${value}`) ? undefined : value;

const [folder] = process.argv.slice(2);
for (const [name, built] of Object.entries({ fleet, backend, control })) {
  const text = JSON.stringify(numbered(built.build()), wanted, 1);
  fs.writeFileSync(path.join(folder, `haproxy-${name}.json`), `${text}\n`);
}
