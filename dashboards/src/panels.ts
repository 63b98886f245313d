// Queries and panels with this project's defaults.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

// Label matchers. What a steward tells of itself has no label haproxy where it serves several.
export const HAPROXY = 'haproxy=~"$haproxy"';
export const PROXY = `${HAPROXY}, proxy=~"$proxy"`;
export const SERVER = `${PROXY}, server=~"$server"`;
export const STEWARD = 'haproxy=~"$haproxy|"';

// --- queries ---

// Legend → expression.
export type Queries = Record<string, string>;

export function query(refId: string, expr: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder()
    .datasource(DATASOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
    .refId(refId)
    .expr(expr.replace(/\s+/g, ' ').trim());
}

function over(queries: Queries): Builder<Dataquery>[] {
  return Object.entries(queries).map(([legend, expr], i) =>
    query(String.fromCharCode(65 + i), expr)
      .legendFormat(legend)
      .range(),
  );
}

export const sum = (by: string, expr: string) => `sum by (${by}) (${expr})`;
export const rate = (selector: string) => `rate(${selector}[$__rate_interval])`;

// How many there were within the interval. A counter that was not there before counts from nothing.
export const events = (selector: string) =>
  `${selector} unless ${selector} offset $__rate_interval or increase(${selector}[$__rate_interval])`;

// A 0/1 series for each state → one series, whose value is 1 + the place of the state that is on.
export function coded(selector: (state: string) => string, states: State[]): string {
  return states.map((each, i) => `${selector(each.name)} * ${i + 1}`).join(' or ');
}

// --- what values look like ---

export interface State {
  name: string;
  color: string;
}

export function mapping(states: State[], first = 1): dashboard.ValueMapping[] {
  const options = states.map((each, i) => [
    String(first + i),
    { text: each.name, color: each.color, index: i },
  ]);
  return [{ type: dashboard.MappingType.ValueToText, options: Object.fromEntries(options) }];
}

// 0 and 1.
export const flag = (off: State, on: State) => mapping([off, on], 0);

const steps = (...all: [number | null, string][]) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(all.map(([value, color]) => ({ value, color })));

// Green up to the first value, red from the last.
export const thresholds = (warn: number, bad?: number) =>
  bad === undefined
    ? steps([null, 'green'], [warn, 'red'])
    : steps([null, 'green'], [warn, 'orange'], [bad, 'red']);

// Red below the first value, green from the last.
export const thresholdsBelow = (bad: number, warn: number) =>
  steps([null, 'red'], [bad, 'orange'], [warn, 'green']);

const byThreshold = () =>
  new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);

// --- panels; the numbers are places in a grid 24 wide ---

export function graph(title: string, unit: string, description: string, queries: Queries) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .targets(over(queries))
    .unit(unit)
    .min(0)
    .span(8)
    .height(8)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
}

export function stacked(title: string, unit: string, description: string, queries: Queries) {
  return graph(title, unit, description, queries)
    .fillOpacity(40)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
}

// Events within the interval, by what happened.
export function bars(title: string, description: string, queries: Queries) {
  return stacked(title, 'short', description, queries)
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(70)
    .interval('1m');
}

// Responses by the class of their status.
export function classes(description: string, responses: string) {
  const panel = stacked('Responses by class', 'reqps', description, {
    '{{code}}': sum('code', rate(responses)),
  });
  const colors = { '2xx': 'green', '3xx': 'blue', '4xx': 'orange', '5xx': 'red', other: 'purple' };
  for (const [code, fixedColor] of Object.entries(colors)) {
    const mode = dashboard.FieldColorModeId.Fixed;
    panel.overrideByName(code, [{ id: 'color', value: { mode, fixedColor } }]);
  }
  return panel;
}

// A line where it gets serious.
export const line = () =>
  new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);

export function number(title: string, unit: string, description: string, expr: string) {
  return new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query('A', expr).legendFormat('__auto').instant())
    .unit(unit)
    .span(4)
    .height(4)
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .colorScheme(byThreshold())
    .thresholds(steps([null, 'text']))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false));
}

export function timeline(title: string, description: string, states: State[], queries: Queries) {
  return new statetimeline.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .targets(over(queries))
    .mappings(mapping(states))
    .colorScheme(byThreshold())
    .span(24)
    .height(9)
    .mergeValues(true)
    .showValue(common.VisibilityMode.Never)
    .fillOpacity(80)
    .lineWidth(0)
    .rowHeight(0.85)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Single)
        .sort(common.SortOrder.None),
    );
}

// A column of a table: of the labels that all queries share, or the value of a query.
export interface Column {
  title: string;
  label?: string; // what it shows: a label …
  expr?: string; // … or a value
  unit?: string;
  mappings?: dashboard.ValueMapping[];
  thresholds?: dashboard.ThresholdsConfigBuilder;
  links?: dashboard.DashboardLinkBuilder[];
}

// As Grafana names them: the value of a single query has a shorter name.
function fields(columns: Column[]): string[] {
  const single = columns.filter((each) => each.expr).length === 1;
  return columns.map((each, i) => each.label ?? (single ? 'Value' : `Value #c${i}`));
}

function properties(each: Column): dashboard.DynamicConfigValue[] {
  const all: dashboard.DynamicConfigValue[] = [];
  if (each.unit) all.push({ id: 'unit', value: each.unit });
  if (each.mappings) all.push({ id: 'mappings', value: each.mappings });
  if (each.thresholds) all.push({ id: 'thresholds', value: each.thresholds.build() });
  if (each.mappings || each.thresholds) {
    all.push({ id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } });
  }
  if (each.links) all.push({ id: 'links', value: each.links.map((link) => link.build()) });
  return all;
}

// One row for each set of labels; the columns in the order given.
export function rows(title: string, description: string, columns: Column[]) {
  const names = fields(columns);
  const titles = columns.map((each, i) => [names[i], each.title]);
  const panel = new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(24)
    .height(9)
    .cellHeight(common.TableCellHeight.Sm)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        renameByName: Object.fromEntries(titles),
        indexByName: Object.fromEntries(names.map((name, i) => [name, i])),
        excludeByName: {},
      },
    });
  columns.forEach((each, i) => {
    if (each.expr) {
      const format = prometheus.PromQueryFormat.Table;
      panel.withTarget(query(`c${i}`, each.expr).instant().format(format));
    }
    if (properties(each).length > 0) panel.overrideByName(each.title, properties(each));
  });
  return panel;
}
