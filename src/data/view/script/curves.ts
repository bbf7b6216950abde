/** The page's script, part 3: curves of states and actions. */
export const CURVES = `
const { stride, groups } = data.curves;
const onTime = { from: 0, to: duration, unit: 's' };
const points = Math.ceil(data.rows / stride);
const pointTimes = Float32Array.from({ length: points }, (_, i) => fractionOf(i * stride + (stride - 1) / 2));

const panels = groups.flatMap((group) => {
  const grid = make('div', { class: 'panels' });
  // A unit that is a sentence stands above, others beside the values.
  const units = [...new Set(group.panels.map((panel) => panel.unit).filter((unit) => unit.length > 4))];
  byId('curves').append(make('section', { class: 'group side-' + group.side + (group.panels.length > 4 ? ' wide' : '') }, make('h3', {}, group.title + ' ', make('small', {}, units.join('; '))), grid));
  return group.panels.map((panel) => {
    const series = panel.series.map((one) => ({ ...one, low: floats(one.low), high: one.high && floats(one.high) }));
    const { root, area, draw } = plot(onTime);
    const values = series.map((one) => make('b', { class: one.kind, title: one.from }));
    const missing = panel.gaps.reduce((sum, gap) => sum + gap[1] - gap[0], 0);
    const name = make('span', { class: 'name', title: panel.name + (panel.unit ? ' (' + panel.unit + ')' : '') + ': ' + series.map((one) => one.from).join(', ') }, panel.name);
    const note = missing ? make('em', {}, missing + ' missing') : '';
    grid.append(make('div', { class: 'panel' }, make('div', { class: 'head' }, name, note), make('div', { class: 'values' }, ...values, make('small', {}, panel.unit.length > 4 ? '' : panel.unit)), root));
    seekOver(area);
    const range = extent(series.flatMap((one) => [one.low, one.high]));
    return { panel, series, values, draw, range };
  });
});
/** The widest range of each unit. */
const widest = {};
for (const { panel, range } of panels) if (!panel.range) widest[panel.unit] = Math.max(widest[panel.unit] || 0, range[1] - range[0]);

function drawCurves() {
  const same = byId('same').checked;
  for (const one of panels) {
    const middle = (one.range[0] + one.range[1]) / 2;
    const wide = widest[one.panel.unit] || 0;
    // Not less than a part of what others of the unit need, so that noise does not look like motion; without a unit they have nothing in common.
    const least = same ? wide : one.panel.unit ? wide / 8 : 0;
    const span = 1.12 * (Math.max(one.range[1] - one.range[0], least) || Math.max(Math.abs(middle) / 10, 1e-3));
    const given = one.panel.range && [one.panel.range[0] - 0.05, one.panel.range[1] + 0.05];
    one.shown = given || [middle - span / 2, middle + span / 2];
    const lines = one.series.toReversed().map((line) => ({ class: line.kind, x: pointTimes, low: line.low, high: line.high }));
    one.draw(one.shown, lines, one.panel.gaps.map((gap) => [fractionOf(gap[0]), fractionOf(gap[1])]));
  }
}
byId('same').addEventListener('change', () => {
  drawCurves();
  moveTo(row);
});
drawCurves();

follow(() => {
  const point = Math.floor(row / stride);
  for (const { series, values, shown } of panels) {
    series.forEach((one, i) => {
      const low = reading(one.low[point], shown);
      const high = one.high ? reading(one.high[point], shown) : low;
      values[i].textContent = low === high ? low : low + '…' + high;
    });
  }
});
`;
