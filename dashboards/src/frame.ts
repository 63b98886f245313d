// What surrounds the panels: links, variables, annotations, the dashboard itself.
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

// A mark at the time (in seconds) that the expression tells.
export function mark(name: string, color: string, expr: string, title: string, text: string) {
  return stretch(name, color, `${expr} * 1000`, title, text).useValueForTime(true);
}

export function frame(uid: string, title: string, description: string) {
  const others = new dashboard.DashboardLinkBuilder('HAProxy')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(['haproxy-steward'])
    .includeVars(true)
    .keepTime(true);
  return new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['haproxy', 'haproxy-steward'])
    .timezone('browser')
    .editable()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .link(others);
}

export const row = (title: string) => new dashboard.RowBuilder(title);

// Where an override was in force: its edges are where it began and ended.
export const overrides = () =>
  stretch(
    'Overrides',
    'orange',
    `haproxy_steward_override_info{${SERVER}, phase="active"}`,
    '{{proxy}}/{{server}}: {{setting}} {{value}}',
    '{{by}}: {{reason}}',
  ).tagKeys('haproxy,origin,by');
