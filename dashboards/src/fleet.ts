// All HAProxies at a glance: which is unwell, what it carries, what it has left.
import { UIDS, frame, runbook, to, variables } from './frame';
import {
  HAPROXY,
  STEWARD,
  classes,
  flag,
  graph,
  line,
  number,
  rate,
  rows,
  sum,
  thresholds,
  thresholdsBelow,
} from './panels';

const ALERTS = `ALERTS{alertstate="firing", alertname=~"(HAProxy|Steward).+", ${STEWARD}}`;
const OUT = 'state=~"DRAIN|MAINT|NOLB"';
const DAY = 86_400;

const share5xx = (by: string) =>
  `${sum(by, rate(`haproxy_backend_http_responses_total{${HAPROXY}, code="5xx"}`))}
   / (${sum(by, rate(`haproxy_backend_http_responses_total{${HAPROXY}}`))} > 0)`;
const perHAProxy = (expr: string) => sum('haproxy', expr);
const count = (expr: string) => `count(${expr}) or vector(0)`;
const servers = (matcher: string) => `haproxy_server_status{${HAPROXY}, ${matcher}}`;

const numbers = [
  number(
    'HAProxies',
    'short',
    'Scraped whole at the last try.',
    count(`haproxy_up{${HAPROXY}} == 1`),
  ),
  number(
    'Not scraped',
    'short',
    'HAProxy does not answer on its socket, or the steward beside it is away (job haproxy).',
    count(`haproxy_up{${HAPROXY}} == 0 or up{job="haproxy", ${STEWARD}} == 0`),
  )
    .thresholds(thresholds(1))
    .dataLinks([runbook('HAProxyScrapeFailing')]),
  number(
    'Backends without a server',
    'short',
    'Every request for them is answered with 503.',
    count(`haproxy_backend_status{${HAPROXY}, state="DOWN"} == 1`),
  )
    .thresholds(thresholds(1))
    .dataLinks([runbook('HAProxyBackendNoServer')]),
  number(
    'Servers down',
    'short',
    'Their checks fail.',
    `sum(${servers('state="DOWN"')}) or vector(0)`,
  )
    .thresholds(thresholds(1))
    .dataLinks([runbook('HAProxyServerDown'), to(UIDS.backend, 'Backends and servers')]),
  number(
    'Servers taken out',
    'short',
    'Drained, in maintenance, or told by their check to take no more: by people, the configuration or the steward.',
    `sum(${servers(OUT)}) or vector(0)`,
  ).dataLinks([to(UIDS.control, 'Overrides: who and why', '${haproxy:queryparam}')]),
  number(
    'Alerts firing',
    'short',
    'Those of alerts/, listed at the end.',
    count(ALERTS),
  ).thresholds(thresholds(1)),
];

const each = rows('Each HAProxy', 'As it is now; its name leads to its backends and servers.', [
  {
    title: 'HAProxy',
    label: 'haproxy',
    links: [to(UIDS.backend, 'Backends and servers', 'var-haproxy=${__data.fields.HAProxy}')],
  },
  {
    title: 'Up',
    expr: `max by (haproxy) (haproxy_up{${HAPROXY}})`,
    mappings: flag({ name: 'no', color: 'red' }, { name: 'yes', color: 'green' }),
  },
  {
    title: 'Version',
    label: 'version',
    expr: `max by (haproxy, version) (haproxy_process_build_info{${HAPROXY}})`,
  },
  {
    title: 'Runs for',
    unit: 's',
    expr: `min by (haproxy) (time() - haproxy_process_start_time_seconds{${HAPROXY}})`,
  },
  {
    title: 'Requests',
    unit: 'reqps',
    expr: perHAProxy(rate(`haproxy_frontend_http_requests_total{${HAPROXY}}`)),
  },
  {
    title: '5xx',
    unit: 'percentunit',
    expr: share5xx('haproxy'),
    thresholds: thresholds(0.001, 0.0144),
  },
  {
    title: 'Connections / limit',
    unit: 'percentunit',
    expr: `max by (haproxy) (haproxy_process_current_connections{${HAPROXY}} / haproxy_process_max_connections{${HAPROXY}})`,
    thresholds: thresholds(0.8, 1),
  },
  {
    title: 'Idle',
    unit: 'percent',
    expr: `min by (haproxy) (haproxy_process_idle_time_percent{${HAPROXY}})`,
    thresholds: thresholdsBelow(10, 30),
  },
  { title: 'Down', expr: perHAProxy(servers('state="DOWN"')), thresholds: thresholds(1) },
  { title: 'Taken out', expr: perHAProxy(servers(OUT)) },
  { title: 'Overrides', expr: `count by (haproxy) (haproxy_steward_override_info{${HAPROXY}})` },
  {
    title: 'Old workers',
    expr: `max by (haproxy) (haproxy_old_workers{${HAPROXY}})`,
    thresholds: thresholds(4),
  },
]);

const traffic = [
  graph('Requests', 'reqps', 'HTTP requests that frontends took.', {
    '{{haproxy}}': perHAProxy(rate(`haproxy_frontend_http_requests_total{${HAPROXY}}`)),
  }),
  classes(
    "What frontends answered, HAProxy's own answers included.",
    `haproxy_frontend_http_responses_total{${HAPROXY}}`,
  ),
  graph(
    'Backends with the most 5xx',
    'percentunit',
    'Share of 5xx in the responses of a backend. The line: the budget of a 99.9% objective is used up 14.4 times too fast.',
    { '{{haproxy}} {{proxy}}': `topk(10, ${share5xx('haproxy, proxy')})` },
  )
    .thresholds(thresholds(0.0144))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyBackendErrorsFast')]),
  graph(
    'Connections in use',
    'percentunit',
    'Of the global maxconn; at 100% new ones wait in the kernel.',
    {
      '{{haproxy}}': `haproxy_process_current_connections{${HAPROXY}} / haproxy_process_max_connections{${HAPROXY}}`,
    },
  )
    .thresholds(thresholds(0.8))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyConnectionsNearLimit')]),
  graph('Bytes', 'bps', 'Between clients and frontends, without TLS and TCP.', {
    '{{haproxy}} in': `${perHAProxy(rate(`haproxy_frontend_bytes_in_total{${HAPROXY}}`))} * 8`,
    '{{haproxy}} out': `${perHAProxy(rate(`haproxy_frontend_bytes_out_total{${HAPROXY}}`))} * 8`,
  }),
  graph(
    'Refused by frontends',
    'reqps',
    'Requests and connections that rules denied, and requests that were none.',
    {
      '{{haproxy}} {{proxy}} denied': `topk(5, ${sum('haproxy, proxy', rate(`haproxy_frontend_requests_denied_total{${HAPROXY}}`))})`,
      '{{haproxy}} {{proxy}} connections': `topk(5, ${sum('haproxy, proxy', rate(`haproxy_frontend_denied_connections_total{${HAPROXY}}`))})`,
      '{{haproxy}} {{proxy}} errors': `topk(5, ${sum('haproxy, proxy', rate(`haproxy_frontend_request_errors_total{${HAPROXY}}`))})`,
    },
  ).dataLinks([runbook('HAProxyFrontendDenying'), runbook('HAProxyFrontendRequestErrors')]),
];

const process = [
  graph('Idle', 'percent', 'The time in which its threads had nothing to do.', {
    '{{haproxy}}': `haproxy_process_idle_time_percent{${HAPROXY}}`,
  })
    .max(100)
    .thresholds(thresholdsBelow(10, 30))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyBusy')]),
  graph('Tasks waiting for a thread', 'short', 'In the run queue, for each thread.', {
    '{{haproxy}}': `haproxy_process_current_run_queue{${HAPROXY}} / haproxy_process_nbthread{${HAPROXY}}`,
  }).dataLinks([runbook('HAProxyTasksWaiting')]),
  graph(
    'Memory in pools',
    'bytes',
    'What it has taken from the system, and what of it is in use.',
    {
      '{{haproxy}} taken': `haproxy_process_pool_allocated_bytes{${HAPROXY}}`,
      '{{haproxy}} used': `haproxy_process_pool_used_bytes{${HAPROXY}}`,
    },
  ).dataLinks([runbook('HAProxyPoolFailures')]),
  graph('Lost', 'short', 'Log lines that nobody took, allocations that failed.', {
    '{{haproxy}} log lines': `increase(haproxy_process_dropped_logs_total{${HAPROXY}}[$__rate_interval])`,
    '{{haproxy}} allocations': `increase(haproxy_process_pool_failures_total{${HAPROXY}}[$__rate_interval])`,
  }).dataLinks([runbook('HAProxyDroppedLogs')]),
  graph(
    'Old workers',
    'short',
    "Processes from before a reload that still serve (where the steward has the master's socket).",
    {
      '{{haproxy}}': `haproxy_old_workers{${HAPROXY}}`,
    },
  ).dataLinks([runbook('HAProxyOldWorkers')]),
  graph('Time a scrape takes', 's', 'How long HAProxy was asked.', {
    '{{haproxy}}': `haproxy_steward_scrape_duration_seconds{${HAPROXY}}`,
  }).dataLinks([runbook('HAProxyScrapePartial')]),
];

const lists = [
  rows('Certificates', 'As HAProxy has them loaded, which the files need not be.', [
    { title: 'HAProxy', label: 'haproxy' },
    { title: 'File', label: 'file', links: [runbook('HAProxyCertificateExpiring')] },
    {
      title: 'Valid for',
      unit: 's',
      expr: `min by (haproxy, file) (haproxy_certificate_not_after_timestamp_seconds{${HAPROXY}}) - time()`,
      thresholds: thresholdsBelow(3 * DAY, 21 * DAY),
    },
  ]).span(12),
  rows('Alerts that fire', 'Of the rules in alerts/; docs/runbooks.md has a section about each.', [
    {
      title: 'Alert',
      label: 'alertname',
      expr: `max by (alertname, severity, haproxy, proxy, server) (${ALERTS})`,
    },
    { title: 'Severity', label: 'severity' },
    { title: 'HAProxy', label: 'haproxy' },
    { title: 'Proxy', label: 'proxy' },
    { title: 'Server', label: 'server' },
  ]).span(12),
];

export const fleet = frame(
  UIDS.fleet,
  'HAProxy: fleet',
  'All HAProxies: which is unwell, what it carries, what it has left.',
  'A new process: a reload or a restart.',
  {
    '': [...numbers, each],
    Traffic: traffic,
    Processes: process,
    'Certificates and alerts': lists,
  },
).variables([variables.datasource(), variables.haproxy(), variables.runbooks()]);
