/** The page's script beyond what it shares with `gear data view`: what happens seen from above, and when goals hold. */
export const SCRIPT = `
const svg = (name, attributes, ...children) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const triples = (numbers) => Array.from({ length: numbers.length / 3 }, (_, i) => [...numbers.subarray(3 * i, 3 * i + 3)]);

/** The convex outline of points [x, y], by Andrew's monotone chain. */
function hull(points) {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (sequence) => {
    const chain = [];
    for (const p of sequence) {
      while (chain.length > 1) {
        const [[ax, ay], [bx, by]] = chain.slice(-2);
        if ((bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

// From above: x of the world, away from the robot, is up, and y is left. Centimetres.
const map = byId('map');
const at = ([x, y]) => [-100 * y, -100 * x];
const pathOf = (points, closed) => points.map((p, i) => (i ? 'L' : 'M') + at(p).map((c) => c.toFixed(2)).join(' ')).join('') + (closed ? 'Z' : '');

const bodies = data.map.bodies.map((body) => {
  const points = triples(floats(body.points));
  const poses = floats(body.poses);
  const pose = (row) => poses.subarray(12 * Math.min(row, poses.length / 12 - 1)).subarray(0, 12);
  const outline = (row) => {
    const [x, y, , a, b, c, d, e, f] = pose(row);
    return hull(points.map((p) => [x + a * p[0] + b * p[1] + c * p[2], y + d * p[0] + e * p[1] + f * p[2]]));
  };
  return { ...body, pose, outline, still: poses.length === 12, height: pose(0)[2] };
});
const tools = data.map.tools.map(({ side, points }) => ({ side, points: floats(points) }));
for (const tool of tools) tool.point = (row) => tool.points.subarray(8 * row, 8 * row + 8);

const layer = (name) => {
  const group = svg('g', { class: name });
  map.append(group);
  return group;
};
const [floor, ghosts, shapes, trails, marks, names] = ['floor', 'ghosts', 'shapes', 'trails', 'marks', 'names'].map(layer);

// What is drawn decides what is shown, with some room around it.
const corners = [[-0.16, -0.26], [0.16, 0.26]];
for (const body of bodies) for (const row of [0, last]) corners.push(...body.outline(row));
for (const tool of tools) for (let i = 0; i <= last; i += 5) corners.push([...tool.point(i).subarray(0, 2)]);
const reach = [0, 1].map((axis) => extent([corners.map((corner) => corner[axis])]));
const [left, top] = at([reach[0][1] + 0.04, reach[1][1] + 0.04]);
const [right, bottom] = at([reach[0][0] - 0.04, reach[1][0] - 0.04]);
map.setAttribute('viewBox', [left, top, right - left, bottom - top].join(' '));
for (let x = Math.ceil(left / 10) * 10; x <= right; x += 10) floor.append(svg('line', { x1: x, x2: x, y1: top, y2: bottom }));
for (let y = Math.ceil(top / 10) * 10; y <= bottom; y += 10) floor.append(svg('line', { x1: left, x2: right, y1: y, y2: y }));

for (const body of bodies.toSorted((a, b) => a.height - b.height)) {
  const title = () => svg('title', {}, body.part ? body.thing + ', ' + body.part : body.thing);
  if (!body.still) ghosts.append(svg('path', { d: pathOf(body.outline(0), true), stroke: body.color }));
  body.shape = svg('path', { d: pathOf(body.outline(0), true), fill: body.color, class: body.part ? 'part' : '' }, title());
  shapes.append(body.shape);
  if (body.meant && !body.part) names.append((body.label = svg('text', {}, body.thing)));
}
for (const tool of tools) {
  for (const closed of [false, true]) {
    let path = '';
    for (let i = 1; i <= last; i++) if (tool.point(i)[7] < 0.3 === closed) path += pathOf([tool.point(i - 1), tool.point(i)], false);
    trails.append(svg('path', { d: path, class: 'side-' + tool.side + (closed ? ' closed' : '') }));
  }
  tool.fingers = [0, 1].map(() => svg('circle', { r: 0.9, class: 'side-' + tool.side }));
  tool.bar = svg('line', { class: 'side-' + tool.side });
  marks.append(tool.bar, ...tool.fingers);
}

follow(() => {
  for (const body of bodies) {
    if (!body.still) body.shape.setAttribute('d', pathOf(body.outline(row), true));
    if (!body.label) continue;
    const outline = body.outline(row).map(at);
    const [low, high] = extent([outline.map((p) => p[0])]);
    body.label.setAttribute('x', (low + high) / 2);
    body.label.setAttribute('y', Math.min(...outline.map((p) => p[1])) - 1);
  }
  for (const tool of tools) {
    const [x, y, , cx, cy, , gripper] = tool.point(row);
    const open = 0.01 + 0.03 * gripper;
    const ends = [at([x - open * cx, y - open * cy]), at([x + open * cx, y + open * cy])];
    ends.forEach(([px, py], i) => {
      tool.fingers[i].setAttribute('cx', px);
      tool.fingers[i].setAttribute('cy', py);
      tool.bar.setAttribute('x' + (i + 1), px);
      tool.bar.setAttribute('y' + (i + 1), py);
    });
  }
});

// Stretches of time in which something is so.
for (const strip of document.querySelectorAll('[data-strip]')) {
  const area = make('div', { class: 'area' });
  const spans = strip.dataset.strip === 'astray' ? data.astray : data.goals[strip.dataset.strip].held;
  for (const [from, to] of spans) {
    const [begin, end] = [fractionOf(from), to > last ? 1 : fractionOf(to)];
    area.append(make('i', { class: 'span', style: 'left:' + 100 * begin + '%;width:' + 100 * Math.max(end - begin, 0.004) + '%' }));
  }
  seekOver(area);
  strip.append(area);
  const now = strip.previousElementSibling.querySelector('[data-now]');
  if (now) follow(() => (now.textContent = spans.some(([from, to]) => row >= from && row < to) ? '✓' : '·'));
}
`;
