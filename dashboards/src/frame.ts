// What surrounds the panels: links, variables, annotations, the dashboard itself.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { DATASOURCE, HAPROXY, PROXY, SERVER, query } from './panels';

// --- links ---

export const UIDS = {
  fleet: 'haproxy-steward-fleet',
  backend: 'haproxy-steward-backend',
  control: 'haproxy-steward-control',
};

const LEADING = '${__url_time_range}&${datasource:queryparam}';

// To another dashboard, with these variables.
export function to(uid: string, title: string, ...variables: string[]) {
  return new dashboard.DashboardLinkBuilder(title)
    .type(dashboard.DashboardLinkType.Link)
    .url(`/d/${uid}?${[LEADING, ...variables].join('&')}`);
}

// To another dashboard, about the server in the row of a table.
export const toServer = (uid: string, title: string) =>
  to(
    uid,
    title,
    'var-haproxy=${__data.fields.HAProxy}',
    'var-proxy=${__data.fields.Backend}',
    'var-server=${__data.fields.Server}',
  );

// To the section about an alert.
export function runbook(alert: string) {
  return new dashboard.DashboardLinkBuilder(`Runbook: ${alert}`)
    .type(dashboard.DashboardLinkType.Link)
    .url(`\${runbooks:raw}#${alert.toLowerCase()}`)
    .targetBlank(true);
}

// --- variables and annotations ---

function variable(name: string, label: string, values: string) {
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(values)
    .definition(values)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

export const variables = {
  datasource: () =>
    new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
  haproxy: () => variable('haproxy', 'HAProxy', 'label_values(haproxy_up, haproxy)'),
  proxy: () =>
    variable('proxy', 'Backend', `label_values(haproxy_backend_status{${HAPROXY}}, proxy)`),
  server: () =>
    variable('server', 'Server', `label_values(haproxy_server_status{${PROXY}}, server)`),
  runbooks: () =>
    new dashboard.TextBoxVariableBuilder('runbooks')
      .label('Runbooks')
      .description('Where your copy of docs/runbooks.md is: links of panels go there.')
      .defaultValue('docs/runbooks.md'),
};

// A stretch for as long as the expression is above 0.
export function stretch(name: string, color: string, expr: string, title: string, text: string) {
  return new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(color)
    .target(query('Anno', expr).range())
    .titleFormat(title)
    .textFormat(text)
    .tagKeys('haproxy')
    .useValueForTime(false);
}

// New processes of HAProxy, and what they mean.
const starts = (meaning: string) =>
  stretch(
    'HAProxy starts',
    'blue',
    `haproxy_process_start_time_seconds{${HAPROXY}} * 1000`,
    '{{haproxy}} started',
    meaning,
  ).useValueForTime(true);

export const ofServers = () => [
  variables.datasource(),
  variables.haproxy(),
  variables.proxy(),
  variables.server(),
  variables.runbooks(),
];

// Rows of panels under their titles; those before the first row have none.
export type Parts = Record<string, Builder<dashboard.Panel>[]>;

export function frame(
  uid: string,
  title: string,
  description: string,
  meaningOfStarts: string,
  parts: Parts,
) {
  const others = new dashboard.DashboardLinkBuilder('HAProxy')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(['haproxy-steward'])
    .includeVars(true)
    .keepTime(true);
  const made = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['haproxy', 'haproxy-steward'])
    .timezone('browser')
    .editable()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .link(others)
    .annotation(starts(meaningOfStarts));
  for (const [name, panels] of Object.entries(parts)) {
    if (name) made.withRow(new dashboard.RowBuilder(name));
    panels.forEach((panel) => made.withPanel(panel));
  }
  return made;
}

// Where an override was in force: its edges are where it began and ended.
export const overrides = () =>
  stretch(
    'Overrides',
    'orange',
    `haproxy_steward_override_info{${SERVER}, phase="active"}`,
    '{{proxy}}/{{server}}: {{setting}} {{value}}',
    '{{by}}: {{reason}}',
  ).tagKeys('haproxy,origin,by');
