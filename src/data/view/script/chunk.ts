/** The page's script, part 5: the chunk of actions at the cursor and its tokens. It comes before the paths, which show the chunk, too. */
export const CHUNK = String.raw`
const chunks = data.chunks;
const DIMS = 10;
const size = chunks ? chunks.steps * 2 * DIMS : 0;
const actions = chunks && floats(chunks.actions);
const decoded = chunks && chunks.tokens && floats(chunks.tokens.decoded);
const slotOf = (side) => (side === 'either' ? chunks.present.some((one) => one[0]) ? 0 : 1 : side === 'left' ? 0 : 1);
/** A number of the sample's chunk, or of another array of the same shape. */
const numberAt = (values, step, slot, dim) => values[sample * size + (step * 2 + slot) * DIMS + dim];

/** Where a chunk leads, seen from a point of the path: p + R·Δp. */
function chunkTargets(side, anchor) {
  if (!chunks) return [];
  const slot = slotOf(side);
  const x = [anchor.y[1] * anchor.z[2] - anchor.y[2] * anchor.z[1], anchor.y[2] * anchor.z[0] - anchor.y[0] * anchor.z[2], anchor.y[0] * anchor.z[1] - anchor.y[1] * anchor.z[0]];
  return Array.from({ length: chunks.present[sample][slot] }, (_, step) =>
    anchor.position.map((p, i) => p + [x, anchor.y, anchor.z].reduce((sum, axis, k) => sum + axis[i] * numberAt(actions, step, slot, k), 0)));
}

if (chunks) {
  const [offset, scale] = [floats(chunks.offset), floats(chunks.scale)];
  const heat = byId('heat');
  const there = (slot, step) => step < chunks.present[sample][slot];

  // The heat map: a row per number, a column per step.
  const LEFT = 86;
  function drawHeat() {
    const shown = canvasOf(heat);
    if (!shown) return;
    const { context, width, height } = shown;
    const gap = 8;
    const cellWidth = (width - LEFT) / chunks.steps;
    const cellHeight = (height - gap - 16) / (2 * DIMS);
    context.font = '10.5px system-ui, sans-serif';
    context.textBaseline = 'middle';
    for (let slot = 0; slot < 2; slot++) {
      const top = slot * (DIMS * cellHeight + gap);
      context.save();
      context.translate(9, top + (DIMS * cellHeight) / 2);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'center';
      context.fillStyle = theme[chunks.arms[slot]];
      context.fillText(chunks.arms[slot] + (chunks.present.some((one) => one[slot]) ? '' : ' (masked)'), 0, 0);
      context.restore();
      for (let dim = 0; dim < DIMS; dim++) {
        const y = top + dim * cellHeight;
        context.textAlign = 'right';
        context.fillStyle = theme.soft;
        context.fillText(chunks.names[dim], LEFT - 6, y + cellHeight / 2);
        for (let step = 0; step < chunks.steps; step++) {
          const value = clamp((numberAt(actions, step, slot, dim) - offset[dim]) / scale[dim], -1, 1);
          context.fillStyle = there(slot, step) ? mix(theme.middle, value < 0 ? theme.low : theme.high, Math.abs(value)) : theme.card;
          context.fillRect(LEFT + step * cellWidth, y, cellWidth - 0.75, cellHeight - 0.75);
        }
      }
      // What is masked is hatched.
      const from = LEFT + chunks.present[sample][slot] * cellWidth;
      if (from < width - 1) {
        context.save();
        context.beginPath();
        context.rect(from, top, width - from, DIMS * cellHeight);
        context.clip();
        context.strokeStyle = theme.line;
        context.lineWidth = 1.5;
        context.beginPath();
        for (let x = from - height; x < width; x += 7) {
          context.moveTo(x, top + DIMS * cellHeight);
          context.lineTo(x + DIMS * cellHeight, top);
        }
        context.stroke();
        context.restore();
      }
    }
    context.textAlign = 'center';
    context.fillStyle = theme.soft;
    const every = Math.max(1, Math.round(chunks.steps / 6));
    for (let step = every; step <= chunks.steps; step += every) context.fillText('+' + (step / chunks.rate).toFixed(2), Math.min(LEFT + (step - 0.5) * cellWidth, width - 16), height - 5);
    context.textAlign = 'right';
    context.fillText('seconds', LEFT - 6, height - 5);
  }
  heat.addEventListener('pointermove', (event) => {
    const box = heat.getBoundingClientRect();
    const cell = (box.height - 24) / (2 * DIMS);
    const y = event.clientY - box.top;
    const slot = y > DIMS * cell + 4 ? 1 : 0;
    const dim = Math.floor((y - slot * (DIMS * cell + 8)) / cell);
    const step = Math.floor(((event.clientX - box.left - LEFT) / (box.width - LEFT)) * chunks.steps);
    const inside = dim >= 0 && dim < DIMS && step >= 0 && step < chunks.steps;
    const where = inside && chunks.arms[slot] + ' ' + chunks.names[dim] + ', step ' + (step + 1) + ': ';
    const value = inside && numberAt(actions, step, slot, dim);
    byId('cell').textContent = !inside ? '' : there(slot, step) ? where + fixed(value, 4) + ' (normalised ' + fixed((value - offset[dim]) / scale[dim], 2) + ')' : where + 'masked';
  });
  heat.addEventListener('pointerleave', () => (byId('cell').textContent = ''));

  // Curves of the same chunk, with what its tokens say: positions, the angle turned, and the gripper.
  const steps = Array.from({ length: chunks.steps }, (_, i) => i);
  const xs = steps.map((step) => (step + 1) / chunks.steps);
  const angle = (values, base) => {
    const r = values.subarray(base + 3, base + 9);
    const trace = r[0] + r[4] + (r[0] * r[4] - r[1] * r[3]);
    return (180 / Math.PI) * Math.acos(clamp((trace - 1) / 2, -1, 1));
  };
  const read = {
    position: (axis) => (values, base) => 100 * values[base + axis],
    angle,
    gripper: (values, base) => values[base + 9],
  };
  const kinds = [
    { name: 'position', unit: 'cm', lines: [0, 1, 2].map((axis) => ({ class: 'axis-' + 'xyz'[axis], of: read.position(axis) })) },
    { name: 'rotation', unit: '°', lines: [{ class: 'plain', of: read.angle }] },
    { name: 'gripper', unit: '0 closed … 1 open', lines: [{ class: 'plain', of: read.gripper }], range: [-0.05, 1.05] },
  ];
  const series = (values, slot, of) => steps.map((step) => (there(slot, step) ? of(values, sample * size + (step * 2 + slot) * DIMS) : NaN));
  const chunkPlots = [0, 1].flatMap((slot) => {
    const used = chunks.present.some((one) => one[slot]);
    return kinds.map((kind) => {
      // One range for all chunks and both arms, so that the plots hold still.
      let range = kind.range;
      if (!range) {
        const all = [];
        chunks.present.forEach((present, i) => present.forEach((count, arm) => {
          for (let step = 0; step < count; step++) for (const line of kind.lines) all.push(line.of(actions, i * size + (step * 2 + arm) * DIMS));
        }));
        const [low, high] = extent([all]);
        const margin = 0.08 * (high - low || 1);
        range = [low - margin, high + margin];
      }
      const { root, draw } = plot({ from: 0, to: chunks.steps / chunks.rate, unit: 's', ticks: 3 });
      const title = make('div', { class: 'head' }, make('span', { class: 'name' }, kind.name), make('small', {}, kind.unit));
      byId('chunk-' + slot).append(make('div', { class: 'panel' }, title, used ? root : make('p', { class: 'absent' }, 'no such arm: padded and masked')));
      return () => draw(range, [
        ...kind.lines.map((line) => ({ class: line.class, x: xs, low: series(actions, slot, line.of) })),
        ...(decoded ? kind.lines.map((line) => ({ class: 'decoded ' + line.class, x: xs, low: series(decoded, slot, line.of) })) : []),
      ]);
    });
  });

  let drawn = -1;
  follow(() => {
    if (drawn === sample) return;
    drawn = sample;
    byId('chunk-at').textContent = 'from frame ' + data.samples[sample] + ', ' + times[data.samples[sample]].toFixed(2) + ' s';
    const counts = chunks.present[sample];
    byId('chunk-mask').textContent = chunks.arms.map((arm, slot) => arm + ' ' + counts[slot] + ' of ' + chunks.steps + ' steps').join(' · ');
    drawHeat();
    for (const draw of chunkPlots) draw();
  });
  themed.push(drawHeat);
  new ResizeObserver(drawHeat).observe(heat);
}

const tokens = chunks && chunks.tokens;
if (tokens) {
  const over = tokens.over;
  const overTimes = over.rows.map(fractionOf);
  const measures = [
    { name: 'tokens per chunk', unit: '', values: floats(over.tokens), digits: 0, mean: tokens.mean },
    { name: 'position error', unit: 'mm', values: floats(over.position), digits: 2 },
    { name: 'rotation error', unit: '°', values: floats(over.rotation), digits: 2 },
    { name: 'gripper error', unit: '', values: floats(over.gripper), digits: 3 },
    { name: 'normalised error, rms', unit: '', values: floats(over.rms), digits: 3 },
  ];
  for (const measure of measures) {
    const { root, area, draw } = plot({ from: 0, to: duration, unit: 's' });
    measure.value = make('b', {});
    const about = measure.mean === undefined ? '' : make('small', {}, 'mean ' + measure.mean.toFixed(1));
    byId('token-curves').append(make('div', { class: 'panel' }, make('div', { class: 'head' }, make('span', { class: 'name', title: measure.name }, measure.name), about), make('div', { class: 'values' }, measure.value, make('small', {}, measure.unit)), root));
    const high = extent([measure.values])[1] * 1.1 || 1;
    const level = measure.mean === undefined ? [] : [{ class: 'mean', x: [0, 1], low: [measure.mean, measure.mean] }];
    draw([0, high], [...level, { class: 'plain', x: overTimes, low: measure.values }]);
    seekOver(area);
  }

  let chipped = -1;
  follow(() => {
    if (chipped === sample) return;
    chipped = sample;
    const ids = tokens.ids[sample];
    const at = nearest(over.rows, data.samples[sample]);
    for (const measure of measures) measure.value.textContent = ids ? fixed(measure.values[at], measure.digits) : '–';
    byId('token-count').textContent = ids ? ids.length + ' tokens for ' + 2 * DIMS * chunks.steps + ' numbers' : tokens.problems[sample];
    byId('chips').replaceChildren(...(ids || []).map((id) => {
      const meaning = tokens.meaning[id];
      const weight = meaning ? clamp(Math.log2(meaning.length) / 7, 0, 1) : 0;
      const says = meaning ? meaning.length + (meaning.length === 1 ? ' coefficient: ' : ' coefficients: ') + meaning.slice(0, 40).map((n) => minus(String(n))).join(' ') + (meaning.length > 40 ? ' …' : '') : 'a part of a coefficient';
      return make('span', { class: 'chip', style: '--w:' + weight, title: 'token ' + id + '\n' + says }, String(id), make('sup', {}, meaning ? String(meaning.length) : '½'));
    }));
  });
}
`;
