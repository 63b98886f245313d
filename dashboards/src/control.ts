// What the steward does: overrides, who and why, guards, its webhook, its record.
import { UIDS, frame, ofServers, overrides, runbook, stretch, toServer } from './frame';
import {
  HAPROXY,
  SERVER,
  STEWARD,
  State,
  bars,
  coded,
  events,
  flag,
  graph,
  mapping,
  number,
  rate,
  rows,
  stacked,
  sum,
  thresholds,
  thresholdsBelow,
  timeline,
} from './panels';

const PHASES: State[] = [
  { name: 'pending', color: 'yellow' },
  { name: 'active', color: 'orange' },
  { name: 'releasing', color: 'blue' },
];
const GOOD = 'green';
const BAD = 'red';
const INFO = `haproxy_steward_override_info{${SERVER}}`;
const IDS = 'haproxy, override';

// When something is about an override of the chosen servers.
const about = (metric: string) =>
  `max by (${IDS}) (${metric}{${HAPROXY}} * on (${IDS}) group_left () max by (${IDS}) (${INFO}))`;
const quantile = (q: number, by: string, histogram: string) =>
  `histogram_quantile(${q}, ${sum(`${by}le`, rate(histogram))})`;
const WEBHOOK = `haproxy_steward_http_request_duration_seconds_bucket{${STEWARD}, handler="webhook"}`;
const RECONCILE = `haproxy_steward_reconcile_duration_seconds_bucket{${HAPROXY}}`;
const COMMIT = `haproxy_steward_ledger_commit_duration_seconds_bucket{${STEWARD}}`;

const numbers = [
  number(
    'Automation',
    'short',
    'Paused: alerts are taken down, but not acted on; people still can.',
    `max(haproxy_steward_automation_paused{${STEWARD}})`,
  )
    .mappings(flag({ name: 'on', color: GOOD }, { name: 'paused', color: BAD }))
    .dataLinks([runbook('StewardAutomationPaused')]),
  number(
    'Live overrides',
    'short',
    'Pending, active or releasing.',
    `sum(haproxy_steward_overrides{${STEWARD}})`,
  ),
  number(
    'Held by a guard',
    'short',
    'Pending, and tried again until their alert is resolved.',
    `count(haproxy_steward_override_info{${HAPROXY}, guard!=""}) or vector(0)`,
  )
    .thresholds(thresholds(1))
    .dataLinks([runbook('StewardDeferredTooLong')]),
  number(
    'HAProxy',
    'short',
    'Whether every HAProxy answered when it was compared last.',
    `min(haproxy_steward_instance_up{${HAPROXY}})`,
  )
    .mappings(flag({ name: 'unreachable', color: BAD }, { name: 'reached', color: GOOD }))
    .dataLinks([runbook('StewardCannotReachHAProxy')]),
  number(
    'Ledger',
    'short',
    'Whether the last write succeeded; without it nothing is changed.',
    `min(haproxy_steward_ledger_up{${STEWARD}})`,
  )
    .mappings(flag({ name: 'not writable', color: BAD }, { name: 'written', color: GOOD }))
    .dataLinks([runbook('StewardLedgerUnwritable')]),
  number(
    'Configuration',
    'short',
    'Whether the last reload took; else the rules, guards and principals are the old ones.',
    `min(haproxy_steward_config_last_reload_successful{${STEWARD}})`,
  )
    .mappings(flag({ name: 'refused', color: BAD }, { name: 'in force', color: GOOD }))
    .dataLinks([runbook('StewardReloadFailed')]),
];

const now = [
  rows(
    'Live overrides: who and why',
    'The newest 1000. By: the rule, or who asked. DELETE /api/v1/overrides/<id> releases one.',
    [
      { title: 'HAProxy', label: 'haproxy' },
      { title: 'Backend', label: 'proxy' },
      {
        title: 'Server',
        label: 'server',
        links: [toServer(UIDS.backend, 'The server')],
      },
      { title: 'Setting', label: 'setting' },
      { title: 'Value', label: 'value' },
      {
        title: 'Phase',
        expr: `max without (instance, job, phase) (${coded((phase) => `haproxy_steward_override_info{${SERVER}, phase="${phase}"}`, PHASES)})`,
        mappings: mapping(PHASES),
      },
      { title: 'Held by', label: 'guard' },
      { title: 'Origin', label: 'origin' },
      { title: 'By', label: 'by' },
      { title: 'Reason', label: 'reason' },
      {
        title: 'Age',
        unit: 's',
        expr: `time() - ${about('haproxy_steward_override_created_timestamp_seconds')}`,
      },
      {
        title: 'Lease left',
        unit: 's',
        thresholds: thresholdsBelow(0, 900),
        links: [runbook('StewardLeaseEnding')],
        expr: `${about('haproxy_steward_override_expires_timestamp_seconds')} - time()`,
      },
      { title: 'Id', label: 'override' },
    ],
  ),
  timeline(
    'Overrides, from when to when',
    'A line for each server, setting and who wants it.',
    PHASES,
    {
      '{{haproxy}} {{proxy}}/{{server}}: {{setting}} {{value}} ({{by}})': `max by (haproxy, proxy, server, setting, value, by) (${coded((phase) => `haproxy_steward_override_info{${SERVER}, phase="${phase}"}`, PHASES)})`,
    },
  ),
];

const decisions = [
  stacked('Overrides by phase', 'short', 'Those that live, of all servers.', {
    '{{phase}}': sum('phase', `haproxy_steward_overrides{${STEWARD}}`),
  }),
  bars(
    'What became of alerts and requests',
    'One for each server they meant, within the interval. shadow: only what would be done.',
    {
      '{{origin}} {{result}} {{mode}}': sum(
        'origin, result, mode',
        events(`haproxy_steward_actions_total{${STEWARD}}`),
      ),
    },
  ),
  stacked(
    'Held and suspended',
    'short',
    'Overrides that a guard or fail open keeps from being in force, ways back that are held, and settings that need somebody.',
    {
      'waits: {{guard}}': sum('guard', `haproxy_steward_overrides_waiting{${STEWARD}}`),
      'way back held': sum('', `haproxy_steward_returns_held{${STEWARD}}`),
      'unclear whose': sum('', `haproxy_steward_settings_unclear{${STEWARD}}`),
      'HAProxy does not take it back': sum('', `haproxy_steward_settings_stuck{${STEWARD}}`),
    },
  ).dataLinks([
    runbook('StewardDrainSuspended'),
    runbook('StewardReturnHeld'),
    runbook('StewardSettingUnclear'),
    runbook('StewardReturnStuck'),
  ]),
  bars('Refused by guards', 'Deferred or rejected when they were asked for, within the interval.', {
    '{{guard}}': sum('guard', events(`haproxy_steward_guard_refusals_total{${STEWARD}}`)),
  }).dataLinks([runbook('StewardMassAlert'), runbook('StewardDeferredTooLong')]),
  bars(
    'Audit log',
    'Lines by what happened, within the interval; the log itself: haproxy-steward audit.',
    {
      '{{event}}': sum('event', events(`haproxy_steward_audit_events_total{${STEWARD}}`)),
    },
  ).dataLinks([runbook('StewardAuditChainBroken')]),
  bars('Commands to HAProxy', 'Changes it was told, within the interval.', {
    '{{haproxy}}': sum('haproxy', events(`haproxy_steward_commands_total{${HAPROXY}}`)),
  }),
  graph('Servers that come and go', 'short', 'Memberships by stage, rollouts by phase.', {
    'membership {{stage}}': sum('stage', `haproxy_steward_memberships{${STEWARD}}`),
    'rollout {{phase}}': sum('phase', `haproxy_steward_rollouts{${STEWARD}}`),
  }),
];

const webhook = [
  graph(
    'Webhook',
    's',
    'Until an alert or request was decided, durable and answered; with ?wait= also until HAProxy was told.',
    {
      'half of them': quantile(0.5, '', WEBHOOK),
      '95%': quantile(0.95, '', WEBHOOK),
      '99%': quantile(0.99, '', WEBHOOK),
    },
  ),
  bars('Requests', 'To the control listener, within the interval.', {
    '{{handler}} {{code}}': sum(
      'handler, code',
      events(`haproxy_steward_http_requests_total{${STEWARD}}`),
    ),
  }).dataLinks([runbook('StewardWebhookErrors')]),
  bars(
    'Not let in',
    'Wrong credentials by answer, and alerts that Alertmanager left out (max_alerts), within the interval.',
    {
      'denied {{code}}': sum('code', events(`haproxy_steward_http_denied_total{${STEWARD}}`)),
      'truncated alerts': sum(
        '',
        `increase(haproxy_steward_truncated_alerts_total{${STEWARD}}[$__rate_interval])`,
      ),
    },
  ).dataLinks([runbook('StewardCredentialsRefused'), runbook('StewardAlertsTruncated')]),
  graph(
    'Reconciling',
    's',
    '99% of the comparisons of HAProxy with the wishes take less, commands included.',
    {
      '{{haproxy}}': quantile(0.99, 'haproxy, ', RECONCILE),
    },
  ),
  graph('Commit', 's', 'Until a decision was durable.', {
    'half of them': quantile(0.5, '', COMMIT),
    '99%': quantile(0.99, '', COMMIT),
  }),
  graph('Ledger', 'bytes', 'Its size on disk.', {
    '{{instance}}': `haproxy_steward_ledger_bytes{${STEWARD}}`,
  }),
];

export const control = frame(
  UIDS.control,
  'HAProxy: control',
  'What the steward holds, for whom and why; what its guards refused; how its webhook, automation and record are.',
  'A new process: overrides are applied again.',
  { '': numbers, Overrides: now, Decisions: decisions, 'Webhook and record': webhook },
)
  .variables(ofServers())
  .annotation(overrides())
  .annotation(
    stretch(
      'Automation paused',
      'purple',
      `haproxy_steward_automation_paused{${STEWARD}}`,
      'Automation paused',
      'Alerts are taken down, but not acted on.',
    ),
  );
