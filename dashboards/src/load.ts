// What backends and servers carry: traffic, latency, sessions, queue, weights.
import { runbook } from './frame';
import { PROXY, SERVER, classes, graph, line, rate, sum, thresholds } from './panels';

export const LABELS = 'haproxy, proxy, server';
export const NAME = '{{haproxy}} {{proxy}}/{{server}}';
export const BACKEND = '{{haproxy}} {{proxy}}';

export const server = (name: string, more = '') =>
  sum(LABELS, `haproxy_server_${name}{${SERVER}${more}}`);
export const serverRate = (name: string, more = '') =>
  sum(LABELS, rate(`haproxy_server_${name}{${SERVER}${more}}`));
export const backendRate = (name: string, more = '') =>
  sum('haproxy, proxy', rate(`haproxy_backend_${name}{${PROXY}${more}}`));
export const ratio = (part: string, whole: string) => `${part} / (${whole} > 0)`;
export const FIVES = ', code="5xx"';

export const traffic = [
  graph('Requests by backend', 'reqps', 'HTTP requests that backends were given.', {
    [BACKEND]: backendRate('http_requests_total'),
  }),
  graph(
    'Requests by server',
    'reqps',
    'HTTP requests that servers were given; uneven ones should have uneven weights.',
    {
      [NAME]: serverRate('http_requests_total'),
    },
  ),
  classes(
    "Of the backends, HAProxy's own answers included.",
    `haproxy_backend_http_responses_total{${PROXY}}`,
  ),
  graph('Bytes', 'bps', 'Between HAProxy and the servers of a backend.', {
    [`${BACKEND} to`]: `${backendRate('bytes_in_total')} * 8`,
    [`${BACKEND} from`]: `${backendRate('bytes_out_total')} * 8`,
  }),
  graph('Usable servers', 'short', 'Active ones that take requests; backups that would.', {
    [BACKEND]: `haproxy_backend_active_servers{${PROXY}}`,
    [`${BACKEND} backup`]: `haproxy_backend_backup_servers{${PROXY}}`,
  }).dataLinks([runbook('HAProxyBackendFewServers')]),
  graph(
    'New and reused connections',
    'ops',
    'To servers: attempts to connect, and requests that went over an idle connection.',
    {
      [`${BACKEND} new`]: backendRate('connection_attempts_total'),
      [`${BACKEND} reused`]: backendRate('connection_reuses_total'),
    },
  ),
];

export const latency = [
  graph(
    'Where the time goes',
    's',
    "HAProxy's averages of the latest 1024 requests: they stay when there are none, and say nothing about the slowest.",
    {
      [`${BACKEND} queue`]: `haproxy_backend_queue_time_average_seconds{${PROXY}}`,
      [`${BACKEND} connect`]: `haproxy_backend_connect_time_average_seconds{${PROXY}}`,
      [`${BACKEND} response`]: `haproxy_backend_response_time_average_seconds{${PROXY}}`,
    },
  ).dataLinks([runbook('HAProxyBackendSlow')]),
  graph(
    'Response by server',
    's',
    'Until the first bytes of the response, on average over the latest 1024 requests.',
    {
      [NAME]: server('response_time_average_seconds'),
    },
  ).dataLinks([runbook('HAProxyServerSlowOutlier')]),
  graph(
    'Slowest response',
    's',
    'Since the process of HAProxy started, or its counters were cleared.',
    {
      [NAME]: server('max_response_time_seconds'),
    },
  ),
  graph(
    'Whole requests',
    's',
    'From the first byte of the request to the last of the response, on average over the latest 1024.',
    {
      [BACKEND]: `haproxy_backend_total_time_average_seconds{${PROXY}}`,
    },
  ),
  graph(
    'Connect by server',
    's',
    'Until the connection to the server stood, on average over the latest 1024.',
    {
      [NAME]: server('connect_time_average_seconds'),
    },
  ),
  graph('Last check', 's', 'How long the last health check took.', {
    [NAME]: server('check_duration_seconds'),
  }),
];

export const sessions = [
  graph('Sessions by server', 'short', 'At once, now.', { [NAME]: server('current_sessions') }),
  graph(
    'Sessions / maxconn',
    'percentunit',
    'Of servers that have one; at 100% requests wait in the queue.',
    {
      [NAME]: ratio(server('current_sessions'), server('limit_sessions')),
    },
  )
    .thresholds(thresholds(0.8))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyServerSessionsNearLimit')]),
  graph(
    'Queue',
    'short',
    'Requests that wait for a server of the backend, or for this very one. The line: 10.',
    {
      [BACKEND]: `haproxy_backend_current_queue{${PROXY}}`,
      [NAME]: server('current_queue'),
    },
  )
    .thresholds(thresholds(10))
    .thresholdsStyle(line())
    .dataLinks([runbook('HAProxyBackendQueueGrowing')]),
  graph('Weights', 'short', 'As set now. A drained server keeps its weight and gets nothing new.', {
    [NAME]: server('uweight'),
  }).dataLinks([runbook('HAProxyServerWeightOff')]),
  graph(
    'Weight off the initial one',
    'percentunit',
    'Only servers whose weight is not that of the configuration: 50% is half of it.',
    {
      [NAME]: `${ratio(server('uweight'), server('initial_weight'))} != 1`,
    },
  ).dataLinks([runbook('HAProxyServerWeightOff')]),
  graph('Idle connections', 'short', 'Open to servers and waiting for a request.', {
    [NAME]: server('idle_connections_current'),
  }),
];
