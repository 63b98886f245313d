// Backends and servers: states and who set them, weights, traffic, errors, latency, sessions, queue.
import { UIDS, frame, ofServers, overrides, runbook, toServer } from './frame';
import { SERVER, State, coded, graph, line, mapping, rows, thresholds, timeline } from './panels';
import {
  BACKEND,
  FIVES,
  LABELS,
  NAME,
  backendRate,
  latency,
  ratio,
  server,
  serverRate,
  sessions,
  traffic,
} from './load';

const STATES: State[] = [
  { name: 'UP', color: 'green' },
  { name: 'NOLB', color: 'purple' },
  { name: 'DRAIN', color: 'orange' },
  { name: 'MAINT', color: 'blue' },
  { name: 'DOWN', color: 'red' },
];
// Why it is out, the weightiest last.
const ADMIN: State[] = [
  { name: 'inherited_drain', color: 'light-orange' },
  { name: 'forced_drain', color: 'orange' },
  { name: 'resolution_maint', color: 'purple' },
  { name: 'inherited_maint', color: 'light-blue' },
  { name: 'config_maint', color: 'blue' },
  { name: 'forced_maint', color: 'dark-blue' },
];
const state = `sum without (state) (${coded((each) => `haproxy_server_status{${SERVER}, state="${each}"}`, STATES)})`;
const states = [
  timeline(
    'Servers',
    'As HAProxy sees them. NOLB: a check told it to take no new ones; DRAIN, MAINT: see below for who.',
    STATES,
    {
      [NAME]: state,
    },
  ),
  timeline(
    'Who took it out',
    'Only servers that are out. forced: by hand, the API or the steward; inherited: of the server it tracks; config: disabled in the configuration; resolution: its name has no address.',
    ADMIN,
    {
      [NAME]: `max without (state) (${coded((each) => `haproxy_server_admin_state{${SERVER}, state="${each}"}`, ADMIN)}) > 0`,
    },
  ).height(6),
  rows(
    'Servers now',
    'A weight other than the initial one, or a state other than UP, has a reason: the server leads to it.',
    [
      { title: 'HAProxy', label: 'haproxy' },
      { title: 'Backend', label: 'proxy' },
      {
        title: 'Server',
        label: 'server',
        links: [toServer(UIDS.control, 'Overrides: who and why'), runbook('HAProxyServerDown')],
      },
      {
        title: 'Address',
        label: 'address',
        expr: `max by (${LABELS}, address, port) (haproxy_server_info{${SERVER}})`,
      },
      { title: 'Port', label: 'port' },
      { title: 'State', expr: `max by (${LABELS}) (${state})`, mappings: mapping(STATES) },
      { title: 'Since', unit: 's', expr: server('check_last_change_seconds') },
      { title: 'Weight', expr: server('uweight') },
      { title: 'Initial', expr: server('initial_weight') },
      { title: 'Sessions', expr: server('current_sessions') },
      { title: 'Queue', expr: server('current_queue'), thresholds: thresholds(1) },
      { title: 'Requests', unit: 'reqps', expr: serverRate('http_requests_total') },
      {
        title: '5xx',
        unit: 'percentunit',
        expr: ratio(serverRate('http_responses_total', FIVES), serverRate('http_responses_total')),
        thresholds: thresholds(0.01, 0.2),
      },
      {
        title: 'Response',
        unit: 's',
        expr: server('response_time_average_seconds'),
        thresholds: thresholds(1),
      },
    ],
  ),
];

const errors = [
  graph(
    '5xx by backend',
    'percentunit',
    'Share of 5xx in the responses. The line: the budget of a 99.9% objective is used up 14.4 times too fast.',
    {
      [BACKEND]: ratio(
        backendRate('http_responses_total', FIVES),
        backendRate('http_responses_total'),
      ),
    },
  )
    .thresholds(thresholds(0.0144))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyBackendErrorsFast')]),
  graph(
    '5xx by server',
    'percentunit',
    'One server far above the others of its backend is what alerts/remediation.rules.yml looks for.',
    {
      [NAME]: ratio(serverRate('http_responses_total', FIVES), serverRate('http_responses_total')),
    },
  ).dataLinks([runbook('HAProxyServerErrorOutlier')]),
  graph(
    'Connections that fail',
    'percentunit',
    'Of the attempts to reach a server. The line: 5%.',
    {
      [NAME]: ratio(serverRate('connection_errors_total'), serverRate('connection_attempts_total')),
    },
  )
    .thresholds(thresholds(0.05))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyServerConnectionOutlier')]),
  graph(
    'Tried again',
    'ops',
    'Connections that were tried again, and those that went to another server then.',
    {
      [`${BACKEND} retried`]: backendRate('retry_warnings_total'),
      [`${BACKEND} redispatched`]: backendRate('redispatch_warnings_total'),
    },
  ).dataLinks([runbook('HAProxyBackendRetrying'), runbook('HAProxyBackendRedispatching')]),
  graph(
    'Broken off',
    'ops',
    'Responses that were none, and transfers that the server or the client left.',
    {
      [`${NAME} bad response`]: serverRate('response_errors_total'),
      [`${NAME} server left`]: serverRate('server_aborts_total'),
      [`${NAME} client left`]: serverRate('client_aborts_total'),
    },
  ),
  graph(
    'Checks that fail',
    'short',
    'Failed checks while a server was up, and how often it went down.',
    {
      [`${NAME} failed`]: `increase(haproxy_server_check_failures_total{${SERVER}}[$__rate_interval])`,
      [`${NAME} down`]: `increase(haproxy_server_check_up_down_total{${SERVER}}[$__rate_interval])`,
    },
  ).dataLinks([runbook('HAProxyServerFlapping'), runbook('HAProxyServerCheckFailing')]),
];

export const backend = frame(
  UIDS.backend,
  'HAProxy: backends and servers',
  'States, weights, sessions, queue, latency and errors of backends and servers.',
  'A new process: what was set at runtime is gone until the steward has applied it again.',
  {
    States: states,
    Traffic: traffic,
    Errors: errors,
    Latency: latency,
    'Sessions, queue, weights': sessions,
  },
)
  .variables(ofServers())
  .annotation(overrides());
